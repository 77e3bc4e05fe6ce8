#include "cloud/managed_policies.h"

#include "base/json.h"

#include <boost/json/parse.hpp>

extern "C" const char kakehashi_data_managed_policies_json[];      // NOLINT
extern "C" const char kakehashi_data_managed_policies_json_end[];  // NOLINT

namespace kakehashi::cloud {
namespace {

// Our own data, tested by building: it may throw at the first use, in a test.
const json::array& bundles() {
    static const json::value kRead = boost::json::parse(
        {kakehashi_data_managed_policies_json, kakehashi_data_managed_policies_json_end}
    );
    return kRead.at("bundles").as_array();
}

std::string_view text_at(const json::value& object, std::string_view key) {
    return json::find_string(object, key).value_or("");
}

}  // namespace

std::vector<std::string> managed_policy_dates() {
    std::vector<std::string> dates;
    for (const json::value& bundle : bundles()) {
        dates.emplace_back(text_at(bundle, "date"));
    }
    return dates;
}

std::string managed_policy_name(std::string_view arn) {
    constexpr std::string_view kOfAws = "arn:aws:iam::aws:policy/";
    return std::string(arn.starts_with(kOfAws) ? arn.substr(arn.rfind('/') + 1) : "");
}

Expected<iam::Policy, Problems> read_managed_policy(
    std::string_view text,
    std::string_view arn,
    iam::PolicyType type
) {
    const auto read = json::parse(text);
    if (!read)
        return Failure{Problems{{json::describe(read.error()), {"", read.error().line, ""}}}};
    const json::value* version = json::find(*read, "PolicyVersion");
    const json::value* document = version ? json::find(*version, "Document") : &*read;
    if (!document) return Failure{Problems{{{"cloud.managed_policies.no_document"_msg}, {}}}};
    std::string name(arn);
    const auto id = version ? json::find_string(*version, "VersionId") : std::nullopt;
    if (id) name.append(" (").append(*id).append(")");
    return iam::read_policy(*document, std::move(name), type);
}

std::optional<iam::Policy> ManagedPolicies::find(std::string_view arn, iam::PolicyType type) {
    const std::pair key(std::string(arn), type);
    if (const auto known = read_.find(key); known != read_.end()) return known->second;
    for (const json::value& bundle : bundles()) {
        if (text_at(bundle, "date") != date_) continue;
        for (const json::value& policy : bundle.at("policies").as_array()) {
            if (text_at(policy, "arn") != arn) continue;
            auto name = std::string(arn) + " (" + std::string(text_at(policy, "version")) + ")";
            auto read = iam::read_policy(policy.at("document"), std::move(name), type);
            if (!read) return std::nullopt;
            return read_.emplace(key, *std::move(read)).first->second;
        }
    }
    return std::nullopt;
}

}  // namespace kakehashi::cloud
