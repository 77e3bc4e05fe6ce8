#pragma once

#include "check/detail/statements.h"
#include "check/found.h"
#include "cloud/world.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// Who is who in a world, looked up once for a whole family of findings. One strand.
namespace kakehashi::check {

// A role of the operator's account that somebody of a municipality may come to hold.
struct OperatorRole {
    const cloud::Role* role = nullptr;
    std::set<std::string> municipalities;  // by name
};

// A resource of a template, with where it stands.
struct DeclaredResource {
    const cloud::Account* account = nullptr;
    const cfn::Stack* stack = nullptr;
    const cfn::Resource* resource = nullptr;

    Location where(std::string_view below = "") const;  // "" is the resource itself
    const json::value* find(std::string_view property) const;
    std::string text(std::string_view property) const;  // "" if absent
    bool flag(std::string_view property) const;         // true, or "true"
};

class Pair {
public:
    explicit Pair(const cloud::World& world);

    const cloud::World& world() const { return world_; }
    bool has_account(std::string_view id) const;
    bool is_municipality(std::string_view account) const;
    bool is_operator(std::string_view account) const;
    const std::string& strangers_account() const { return strangers_account_; }  // nobody's here
    const std::vector<OperatorRole>& operator_roles() const { return operator_roles_; }
    const std::vector<DeclaredResource>& resources() const { return resources_; }
    const DeclaredResource* resource(const Location& where) const;  // the one that it is part of

    // Read once a policy.
    const std::vector<StatementText>& statements(const iam::Policy& policy) const;

    Location where(const StatementText& statement, std::string_view below = "") const;
    // Where a policy was given to the role: its statement, or for AWS's own the item of
    // ManagedPolicyArns.
    Location where(const cloud::Role& role, const StatementText& statement) const;
    Location attachment(const cloud::Role& role, const iam::Policy& policy) const;

private:
    void add_operator_roles();
    std::set<std::string> municipalities_in(const cloud::Role& role) const;

    const cloud::World& world_;                                           // outlives this
    std::map<std::string, std::string, std::less<>> municipality_names_;  // by account
    std::string strangers_account_ = "444455556666";  // an example of the AWS documentation
    std::vector<OperatorRole> operator_roles_;
    std::vector<DeclaredResource> resources_;
    std::map<std::pair<std::string, std::string>, std::size_t> by_place_;  // file, logical id
    mutable std::unordered_map<const void*, std::vector<StatementText>> statements_;
};

Found found(
    std::string_view id,
    Location where,
    MessageId what,
    std::vector<std::pair<std::string, std::string>> fields = {}
);

// The ARN of a managed policy; AWS's own are named with their version behind it.
std::string arn_of(const iam::Policy& policy);

// "a, b, c and 4 more"-like: the first few, then "…".
std::string listed(const std::vector<std::string>& items, std::size_t items_max = 6);

}  // namespace kakehashi::check
