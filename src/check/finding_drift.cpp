#include "check/detail/pair.h"
#include "check/iam_actions.h"
#include "check/judgement.h"
#include "cloud/managed_policies.h"

#include <algorithm>
#include <map>

// What changed though nobody touched it (check.md §2, "drift").
namespace kakehashi::check {
namespace {

// The patterns of every Allow.
std::vector<std::string> allowed_actions(const iam::Policy& policy) {
    std::vector<std::string> out;
    for (const StatementText& statement : statements_of(policy)) {
        if (!statement.allows() || statement.all_but_actions) continue;
        out.insert(out.end(), statement.actions.begin(), statement.actions.end());
    }
    return out;
}

// What `after` allows and `before` did not, pattern by pattern. A pattern that a wider one covers
// is nothing new.
std::vector<std::string> gained(const iam::Policy& before, const iam::Policy& after) {
    const std::vector<std::string> old = allowed_actions(before);
    std::vector<std::string> out;
    for (const std::string& action : allowed_actions(after)) {
        const bool known = std::any_of(old.begin(), old.end(), [&](const std::string& pattern) {
            return matches_ignoring_case(pattern, action);
        });
        const bool twice = std::find(out.begin(), out.end(), action) != out.end();
        if (!known && !twice) out.push_back(action);
    }
    return out;
}

// Between the oldest and the newest bundle; each policy is compared once, however many roles have
// it.
class Growth {
public:
    Growth()
        : dates_(cloud::managed_policy_dates()), before_(dates_.front()), after_(dates_.back()) {}

    const std::string& from() const { return dates_.front(); }
    const std::string& to() const { return dates_.back(); }
    const std::vector<std::string>& of(const std::string& arn) {
        const auto [place, fresh] = gained_.try_emplace(arn);
        if (!fresh) return place->second;
        const auto before = before_.find(arn, iam::PolicyType::Identity);
        const auto after = after_.find(arn, iam::PolicyType::Identity);
        if (before && after) place->second = gained(*before, *after);
        return place->second;
    }

private:
    std::vector<std::string> dates_;
    cloud::ManagedPolicies before_, after_;
    std::map<std::string, std::vector<std::string>> gained_;
};

void managed_policy_grew(const Pair& pair, std::vector<Found>& out) {
    Growth growth;
    for (const cloud::Role& role : pair.world().roles()) {
        for (const iam::Policy& policy : role.identity) {
            if (pair.world().is_own(policy)) continue;
            const auto& actions = growth.of(arn_of(policy));
            if (actions.empty()) continue;
            out.push_back(found(
                "managed-policy-grew",
                pair.attachment(role, policy),
                "check.managed-policy-grew.what"_msg,
                {{"policy", arn_of(policy)},
                 {"role", role.name},
                 {"count", std::to_string(actions.size())},
                 {"from", growth.from()},
                 {"to", growth.to()},
                 {"actions", listed(actions)}}
            ));
        }
    }
}

}  // namespace

std::vector<Found> drift_findings(const cloud::World& world) {
    const Pair pair(world);
    std::vector<Found> out;
    managed_policy_grew(pair, out);
    return out;
}

}  // namespace kakehashi::check
