#include "twin/standpoint.h"

#include <utility>

namespace kakehashi::twin {
namespace {

cloud::Reach metadata_service(const cloud::Place& place) {
    cloud::Reach local;
    if (place.instance) local.outcome = cloud::Reach::Outcome::Endpoint;
    if (!place.instance) local.finding = "imds-unreachable";
    return local;
}

}  // namespace

Standpoint::Standpoint(const cloud::World& world, cloud::Place place) : place_(std::move(place)) {
    for (Service service : kServices) {
        reaches_[static_cast<std::size_t>(service)] =
            service == Service::Imds ? metadata_service(place_)
                                     : cloud::reach(world, place_, name(service));
    }
}

}  // namespace kakehashi::twin
