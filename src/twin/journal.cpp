#include "twin/journal.h"

#include <algorithm>
#include <utility>

namespace kakehashi::twin {

void Journal::add_event(Event event) {
    events_.push_back(std::move(event));
    if (events_.size() > events_kept_) events_.pop_front();
}

void Journal::add_refusal(RefusedRequest refused) {
    refusals_.push_back(std::move(refused));
    if (refusals_.size() > refusals_kept_) refusals_.pop_front();
}

const RefusedRequest* Journal::refusal(std::string_view request_id) const {
    if (refusals_.empty()) return nullptr;
    if (request_id.empty()) return &refusals_.back();
    const auto found = std::find_if(refusals_.rbegin(), refusals_.rend(), [&](const auto& each) {
        return each.request_id == request_id;
    });
    return found == refusals_.rend() ? nullptr : &*found;
}

}  // namespace kakehashi::twin
