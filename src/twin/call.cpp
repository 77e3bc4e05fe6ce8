#include "twin/call.h"

#include "base/text.h"

#include <boost/json/monotonic_resource.hpp>

#include <array>
#include <utility>

namespace kakehashi::twin {
namespace {

constexpr std::size_t kTextBytesMax = 4096;  // of one text in an event or a kept refusal

// Bounds what a client can make the journal hold.
std::string beginning(std::string_view text) {
    if (text.size() <= kTextBytesMax) return std::string(text);
    return shown(text, kTextBytesMax);
}

const char* identity_type(cloud::Session::Kind kind) {
    switch (kind) {
        case cloud::Session::Kind::Role:
            return "AssumedRole";
        case cloud::Session::Kind::User:
            return "IAMUser";
        case cloud::Session::Kind::Root:
            return "Root";
    }
    return "Unknown";
}

}  // namespace

Call::Call(
    State& state,
    const http::Incoming& request,
    std::string_view event_source,
    Service service
)
    : state_(state),
      request_id_(state.identifiers.request_id()),
      event_source_(event_source),
      user_agent_(beginning(request.headers.find("user-agent").value_or(""))),
      client_address_(request.peer.address),
      reach_(state.reach(service)) {
}

cloud::RequestFacts Call::facts() const {
    return {reach_, state_.clocks.account_time(), user_agent_};
}

void Call::succeeded() {
    write_event(nullptr);
}

void Call::refused(const cloud::Refusal& refusal) {
    write_event(&refusal.rejection);
    RefusedRequest kept{
        request_id_, event_name_, beginning(refusal.rejection.message), refusal.finding};
    if (caller_) kept.session = {caller_, &caller_->session};
    state_.journal.add_refusal(std::move(kept));
}

void Call::refused(
    const aws::Rejection& rejection,
    cloud::Authorization authorization,
    std::string finding
) {
    write_event(&rejection);
    RefusedRequest kept{request_id_, event_name_, beginning(rejection.message), std::move(finding)};
    kept.session = {caller_, &caller_->session};
    kept.authorization = std::move(authorization);
    state_.journal.add_refusal(std::move(kept));
}

// An event is some sixty little things that live until it is text: one piece of memory for them
// all.
void Call::write_event(const aws::Rejection* rejection) {
    std::array<unsigned char, 8192> room{};
    boost::json::monotonic_resource memory(room.data(), room.size());
    json::object out = event(&memory);
    if (rejection) {
        out["errorCode"] = rejection->code;
        out["errorMessage"] = beginning(rejection->message);
    }
    if (parameters_) out["requestParameters"] = *parameters_;
    if (additional_) out["additionalEventData"] = *additional_;
    state_.journal.add_event(json::serialize(out));
}

json::object Call::event(const boost::json::storage_ptr& memory) {
    json::object out(
        {
            {"eventVersion", "1.11"},
            {"userIdentity", user_identity(memory)},
            {"eventTime", to_iso8601(state_.clocks.account_time())},
            {"eventSource", event_source_},
            {"eventName", event_name_},
            {"awsRegion", state_.world().region()},
            {"sourceIPAddress",
             reach_.source_address.empty() ? client_address_ : reach_.source_address},
            {"userAgent", user_agent_},
            {"requestID", request_id_},
            {"eventID", state_.identifiers.request_id()},
            {"readOnly", true},  // of AssumeRole and of inference too, as CloudTrail has it
            {"eventType", "AwsApiCall"},
            {"eventCategory", "Management"},
            {"managementEvent", true},
        },
        memory
    );
    if (reach_.endpoint) {
        out["vpcEndpointId"] = reach_.endpoint->id;
        out["vpcEndpointAccountId"] = reach_.endpoint->account;
    }
    if (caller_) out["recipientAccountId"] = caller_->session.account;
    return out;
}

json::object Call::user_identity(const boost::json::storage_ptr& memory) const {
    if (!caller_) return json::object({{"type", "Unknown"}}, memory);
    const cloud::Session& session = caller_->session;
    json::object out(
        {
            {"type", identity_type(session.kind)},
            {"principalId", session.user_id},
            {"arn", session.arn},
            {"accountId", session.account},
            {"accessKeyId", caller_->access_key_id},
        },
        memory
    );
    const cloud::Role* role = session.role;
    if (!role) return out;
    json::object issuer(
        {{"type", "Role"},
         {"principalId", role->unique_id},
         {"arn", role->arn},
         {"accountId", role->account},
         {"userName", role->name}},
        memory
    );
    json::object attributes(
        {{"creationDate", to_iso8601(session.issued)}, {"mfaAuthenticated", "false"}}, memory
    );
    json::object context(memory);
    context["sessionIssuer"] = std::move(issuer);
    context["attributes"] = std::move(attributes);
    out["sessionContext"] = std::move(context);
    return out;
}

}  // namespace kakehashi::twin
