#include "twin/event.h"

#include <utility>

namespace kakehashi::twin {
namespace {

const char* identity_type(cloud::Session::Kind kind) {
    switch (kind) {
        case cloud::Session::Kind::Role:
            return "AssumedRole";
        case cloud::Session::Kind::User:
            return "IAMUser";
        case cloud::Session::Kind::Root:
            return "Root";
        case cloud::Session::Kind::Anonymous:
            return "AWSAccount";
    }
    return "Unknown";
}

json::object session_context(const cloud::Session& session) {
    const cloud::Role& role = *session.role;
    json::object issuer{
        {"type", "Role"},
        {"principalId", role.unique_id},
        {"arn", role.arn},
        {"accountId", role.account},
        {"userName", role.name}};
    json::object attributes{
        {"creationDate", to_iso8601(session.issued)}, {"mfaAuthenticated", "false"}};
    return {{"sessionIssuer", std::move(issuer)}, {"attributes", std::move(attributes)}};
}

json::object user_identity(const Issued* caller) {
    if (!caller) return {{"type", "Unknown"}};
    const cloud::Session& session = caller->session;
    if (session.kind == cloud::Session::Kind::Anonymous) {
        return {{"type", "AWSAccount"}, {"principalId", ""}, {"accountId", "anonymous"}};
    }
    json::object out{
        {"type", identity_type(session.kind)},
        {"principalId", session.user_id},
        {"arn", session.arn},
        {"accountId", session.account},
        {"accessKeyId", caller->access_key_id}};
    if (session.role) out["sessionContext"] = session_context(session);
    return out;
}

}  // namespace

json::object record(const Event& event, std::string_view region, const Identifiers& identifiers) {
    json::object out{
        {"eventVersion", "1.11"},
        {"userIdentity", user_identity(event.caller.get())},
        {"eventTime", to_iso8601(event.time)},
        {"eventSource", event.source},
        {"eventName", event.name},
        {"awsRegion", region},
        {"sourceIPAddress", event.source_address},
        {"userAgent", event.user_agent},
        {"requestID", identifiers.request_id(event.request_id)},
        {"eventID", identifiers.request_id(event.id)},
        {"readOnly", true},  // of AssumeRole and of inference too, as CloudTrail has it
        {"eventType", "AwsApiCall"},
        {"eventCategory", "Management"},
        {"managementEvent", true},
    };
    if (const cloud::Endpoint* endpoint = event.reach->endpoint) {
        out["vpcEndpointId"] = endpoint->id;
        out["vpcEndpointAccountId"] = endpoint->account;
    }
    if (event.caller && !event.caller->session.account.empty())
        out["recipientAccountId"] = event.caller->session.account;
    if (const auto& rejection = event.refused_with) {
        out["errorCode"] = rejection->code;
        out["errorMessage"] = rejection->message;
    }
    if (event.parameters) out["requestParameters"] = *event.parameters;
    if (!event.inference_region.empty()) {
        out["additionalEventData"] = json::object{{"inferenceRegion", event.inference_region}};
    }
    return out;
}

}  // namespace kakehashi::twin
