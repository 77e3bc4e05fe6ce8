#include "base/json.h"
#include "iam/decide.h"

#include <cstdint>
#include <cstdlib>

using namespace kakehashi;
using namespace kakehashi::iam;

namespace {

Request question() {
    Request request;
    request.action = "bedrock:InvokeModel";
    request.principal = "arn:aws:sts::111111111111:assumed-role/app/i-0abc";
    request.resource = "arn:aws:bedrock:ap-northeast-1::foundation-model/m";
    request.context.set("aws:SourceIp", "10.0.0.1");
    request.context.set("aws:CurrentTime", "2026-11-24T00:00:00Z");
    request.context.set("aws:PrincipalTag/x", "y");
    request.context.set_many("aws:TagKeys", {"a", "b"});
    return request;
}

PolicySet with(const Policy& policy) {
    PolicySet set;
    switch (policy.type()) {
        case PolicyType::Resource:
        case PolicyType::Trust:
            set.resource = policy;
            break;
        case PolicyType::Scp:
            set.scp = {{"r", {policy}}};
            break;
        case PolicyType::Rcp:
            set.rcp = {{"r", {policy}}};
            break;
        case PolicyType::Endpoint:
            set.endpoint = {policy};
            break;
        case PolicyType::Boundary:
            set.boundary = {policy};
            break;
        case PolicyType::Session:
            set.session = {policy};
            break;
        case PolicyType::Identity:
            set.identity = {policy};
            break;
    }
    return set;
}

bool same(const Decision& a, const Decision& b) {
    return a.result == b.result && a.blocked_by == b.blocked_by &&
           a.missing_keys == b.missing_keys && a.statements.size() == b.statements.size();
}

}  // namespace

// The first byte chooses the type. Oracle: the document, written out and read again, decides the
// same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto type = static_cast<PolicyType>(data[0] % 8);
    const std::string text(data + 1, data + size);
    const auto policy = parse_policy(text, "p", type);
    if (!policy) {
        if (policy.error().empty()) std::abort();
        return 0;
    }
    const auto again = parse_policy(json::serialize(policy->document()), "p", type);
    if (!again || again->statement_count() != policy->statement_count()) std::abort();
    const Request request = question();
    const Decision decision = decide(request, with(*policy));
    if (!same(decision, decide(request, with(*again)))) std::abort();
    if (decision.allowed() != decision.blocked_by.empty()) std::abort();
    return 0;
}
