#include "twin/call.h"

#include "base/text.h"

#include <utility>

namespace kakehashi::twin {
namespace {

constexpr std::size_t kTextBytesMax = 4096;  // of one text in an event or a kept refusal

// Bounds what a client can make the journal hold.
std::string beginning(std::string_view text) {
    if (text.size() <= kTextBytesMax) return std::string(text);
    return shown(text, kTextBytesMax);
}

}  // namespace

Call::Call(
    State& state,
    const Standpoint& from,
    const http::Incoming& request,
    const char* event_source,
    Service service
)
    : state_(state) {
    event_.source = event_source;
    event_.reach = &from.reach(service);
    event_.request_id = state.identifiers.draw();
    event_.user_agent = beginning(request.headers.find("user-agent").value_or(""));
    const std::string& behind_it = event_.reach->source_address;
    event_.source_address = behind_it.empty() ? request.peer.address : behind_it;
    request_id_ = state.identifiers.request_id(event_.request_id);
}

cloud::RequestFacts Call::facts() const {
    return {
        reach(),
        state_.clocks.account_time(),
        event_.user_agent,
        state_.standing_context(event_.caller, *event_.reach)};
}

void Call::succeeded() {
    finish();
}

void Call::finish() {
    event_.time = state_.clocks.account_time();
    event_.id = state_.identifiers.draw();
    state_.journal.add_event(std::move(event_));
}

void Call::refused(const cloud::Refusal& refusal) {
    state_.journal.add_refusal(refused_request(refusal.rejection, refusal.finding));
    finish();
}

void Call::refused(
    const aws::Rejection& rejection,
    cloud::Authorization authorization,
    std::string finding
) {
    RefusedRequest kept = refused_request(rejection, std::move(finding));
    kept.authorization = std::move(authorization);
    state_.journal.add_refusal(std::move(kept));
    finish();
}

RefusedRequest Call::refused_request(const aws::Rejection& rejection, std::string finding) {
    const std::string message = beginning(rejection.message);
    event_.refused_with = aws::Rejection{rejection.status, rejection.code, message};
    RefusedRequest kept{request_id_, event_.name, message, std::move(finding)};
    kept.code = rejection.code;
    if (event_.parameters) kept.parameters = *event_.parameters;
    if (const auto& caller = event_.caller) {
        kept.session = {caller, &caller->session};
        kept.standing = state_.standing_context(caller, *event_.reach);
    }
    return kept;
}

}  // namespace kakehashi::twin
