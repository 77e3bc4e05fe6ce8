#include "iam/detail/principal.h"

#include "iam/detail/pattern.h"

#include <algorithm>

namespace kakehashi::iam::detail {
namespace {

bool is_account(std::string_view text) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return text.size() == 12 && std::all_of(text.begin(), text.end(), digit);
}

// IAM keeps a deleted user or role as its unique id, which nobody has any more.
bool is_unique_id(std::string_view text) {
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
    return text.size() >= 16 && text.size() <= 128 && text.starts_with("A") &&
           std::all_of(text.begin(), text.end(), letter);
}

std::string_view after_last_slash(std::string_view text) {
    return text.substr(text.rfind('/') + 1);
}

std::string_view before_slash(std::string_view text) {
    return text.substr(0, text.find('/'));
}

template <class Texts>
bool lists(const Texts& texts, std::string_view text) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
}

// A role's name is unique in its account, whatever its path; so a session, which does not tell the
// path, is known by the name alone. aws:PrincipalArn tells it.
bool is_role_of(const NamedPrincipal& role, const Caller& caller) {
    if (!caller.role_arn.empty()) return role.arn == caller.role_arn;
    return role.account == caller.account && role.partition == caller.partition &&
           role.name == caller.name;
}

Grant grant_by(const NamedPrincipal& named, const Caller& caller) {
    using Kind = Caller::Kind;
    if (named.arn == caller.arn) {
        return caller.kind == Kind::Role ? Grant::Role : Grant::Principal;
    }
    const bool session_of_role = caller.kind == Kind::RoleSession &&
                                 named.kind == NamedPrincipal::Kind::Role &&
                                 is_role_of(named, caller);
    const bool session_of_user = caller.kind == Kind::FederatedUser &&
                                 named.kind == NamedPrincipal::Kind::User &&
                                 named.account == caller.account &&
                                 named.partition == caller.partition && named.name == caller.name;
    return session_of_role || session_of_user ? Grant::Role : Grant::None;
}

}  // namespace

Caller caller_of(std::string_view principal, const Context& context) {
    using Kind = Caller::Kind;
    Caller caller;
    caller.arn = principal;
    const auto parts = arn_parts(principal);
    if (!parts || (*parts)[0] != "arn") return caller;
    const std::string_view service = (*parts)[2];
    const std::string_view resource = (*parts)[5];
    if (service == "iam" && resource == "root") {
        caller.kind = Kind::Root;
    } else if (service == "iam" && resource.starts_with("user/")) {
        caller.kind = Kind::User;
        caller.name = after_last_slash(resource);
    } else if (service == "iam" && resource.starts_with("role/")) {
        caller.kind = Kind::Role;
        caller.name = after_last_slash(resource);
    } else if (service == "sts" && resource.starts_with("assumed-role/")) {
        caller.kind = Kind::RoleSession;
        caller.name = before_slash(resource.substr(std::string_view("assumed-role/").size()));
    } else if (service == "sts" && resource.starts_with("federated-user/")) {
        caller.kind = Kind::FederatedUser;
        caller.name = after_last_slash(resource);
    } else {
        return caller;
    }
    caller.partition = (*parts)[1];
    caller.account = (*parts)[4];
    if (caller.kind != Kind::RoleSession) return caller;
    const Context::Entry* role = context.find("aws:PrincipalArn");
    if (role != nullptr && !role->many && !role->values.empty() &&
        role->values.front().find(":role/") != std::string::npos) {
        caller.role_arn = role->values.front();
    }
    return caller;
}

Grant PrincipalList::grant(const Caller& caller) const {
    if (everyone) return Grant::Principal;
    if (caller.kind == Caller::Kind::Other) {
        return lists(others, caller.arn) ? Grant::Principal : Grant::None;
    }
    Grant best = lists(accounts, caller.account) ? Grant::Account : Grant::None;
    for (const NamedPrincipal& one : named)
        best = std::max(best, grant_by(one, caller));
    return best;
}

bool PrincipalList::exempts(const Caller& caller) const {
    using Kind = Caller::Kind;
    if (everyone) return true;
    if (caller.kind == Kind::Other) return lists(others, caller.arn);
    if (!lists(accounts, caller.account)) return false;
    if (caller.kind == Kind::Root) return true;
    bool itself = false;
    bool parent = caller.kind == Kind::User || caller.kind == Kind::Role;
    for (const NamedPrincipal& one : named) {
        const bool exact = one.arn == caller.arn;
        itself = itself || exact;
        parent = parent || (!exact && grant_by(one, caller) == Grant::Role);
    }
    return itself && parent;
}

bool add_aws_principal(std::string_view text, PrincipalList& list) {
    if (text == "*") {
        list.everyone = true;
        return true;
    }
    if (is_account(text)) {
        list.accounts.emplace_back(text);
        return true;
    }
    if (is_unique_id(text)) return true;
    const auto parts = arn_parts(text);
    if (!parts || (*parts)[0] != "arn" || (*parts)[1].empty() || !is_account((*parts)[4]) ||
        !(*parts)[3].empty() || text.find_first_of("*?") != text.npos) {
        return false;
    }
    const std::string_view resource = (*parts)[5];
    const std::string_view service = (*parts)[2];
    if (service == "iam" && resource == "root") {
        list.accounts.emplace_back((*parts)[4]);
        return true;
    }
    NamedPrincipal named;
    named.arn = text;
    named.partition = (*parts)[1];
    named.account = (*parts)[4];
    named.name = after_last_slash(resource);
    if (service == "iam" && resource.starts_with("role/")) {
        named.kind = NamedPrincipal::Kind::Role;
    } else if (service == "iam" && resource.starts_with("user/")) {
        named.kind = NamedPrincipal::Kind::User;
    } else if (service == "sts" && (resource.starts_with("assumed-role/") || resource.starts_with("federated-user/"))) {
        named.kind = NamedPrincipal::Kind::Session;
    } else {
        return false;
    }
    if (named.name.empty()) return false;
    list.named.push_back(std::move(named));
    return true;
}

}  // namespace kakehashi::iam::detail
