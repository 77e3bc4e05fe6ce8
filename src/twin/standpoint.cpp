#include "twin/standpoint.h"

#include <utility>

namespace kakehashi::twin {
namespace {

// What is on the machine of a workload of that kind alone. Outside and on any other machine there
// is none; nobody there misses it but who takes an outside place for an instance.
cloud::Reach on_machine(const cloud::Place& place, cloud::Instance::Kind kind) {
    cloud::Reach local;
    const bool there = place.instance && place.instance->kind == kind;
    if (there) local.outcome = cloud::Reach::Outcome::Endpoint;
    return local;
}

cloud::Reach reach_of(const cloud::World& world, const cloud::Place& place, Service service) {
    using Kind = cloud::Instance::Kind;
    if (service == Service::ContainerCredentials) return on_machine(place, Kind::Ecs);
    if (service != Service::Imds) return cloud::reach(world, place, endpoint_service(service));
    cloud::Reach local = on_machine(place, Kind::Ec2);
    if (!place.instance) local.finding = "imds-unreachable";
    return local;
}

}  // namespace

Standpoint::Standpoint(const cloud::World& world, cloud::Place place) : place_(std::move(place)) {
    for (Service service : kServices) {
        reaches_[static_cast<std::size_t>(service)] = reach_of(world, place_, service);
    }
}

}  // namespace kakehashi::twin
