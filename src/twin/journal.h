#pragma once

#include "cloud/authorization.h"
#include "twin/event.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kakehashi::twin {

// Why one request was refused, with all that is needed to explain it later. The explanation itself
// costs many decisions, so it is made when somebody asks.
struct RefusedRequest {
    std::string request_id, event_name;
    std::string message;                                     // AWS's words, as sent
    std::string finding;                                     // "": read it from the authorization
    std::shared_ptr<const cloud::Session> session = {};      // absent: not authenticated
    std::optional<cloud::Authorization> authorization = {};  // absent: not IAM's refusal
    std::string code = {};                                   // AWS's: "ValidationException"
    json::object parameters = {};                            // as the event has them
    std::shared_ptr<const iam::Context> standing = {};       // of the session and its way here
};

// What happened, kept in memory: events and the last refusals.
// Thread rule: one strand.
class Journal {
public:
    Journal(std::size_t events_kept, std::size_t refusals_kept)
        : events_kept_(events_kept), refusals_kept_(refusals_kept) {}

    void add_event(Event event);
    void add_refusal(RefusedRequest refused);

    const std::deque<Event>& events() const { return events_; }
    // "" : the last one. Borrows; nullptr: there is none.
    const RefusedRequest* refusal(std::string_view request_id) const;

private:
    std::size_t events_kept_, refusals_kept_;
    std::deque<Event> events_;
    std::deque<RefusedRequest> refusals_;
};

}  // namespace kakehashi::twin
