#pragma once

#include "iam/anatomy.h"
#include "iam/context.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Who asks, and whom a statement names.
// Source: IAM User Guide, "AWS JSON policy elements: Principal" and "… NotPrincipal".
namespace kakehashi::iam::detail {

// The caller, taken apart. Borrows from the request.
struct Caller {
    using Kind = CallerKind;
    Kind kind = Kind::Other;
    std::string_view arn;  // as the request names it; for Other a name, not an ARN
    std::string_view partition, account;
    std::string_view name;      // of the user or role, without its path
    std::string_view role_arn;  // of a session: aws:PrincipalArn, "" when the context lacks it
};
Caller caller_of(std::string_view principal, const Context& context);

// An ARN under "AWS" that is not an account's.
struct NamedPrincipal {
    enum class Kind { User, Role, Session };
    Kind kind = Kind::User;
    std::string arn, partition, account, name;
};

// The value of a Principal or NotPrincipal element.
struct PrincipalList {
    bool everyone = false;
    std::vector<std::string> accounts;
    std::vector<NamedPrincipal> named;
    std::vector<std::string> others;  // Service, Federated and CanonicalUser, as they are written

    Grant grant(const Caller& caller) const;
    // NotPrincipal: the account, the role and the session must all be listed.
    bool exempts(const Caller& caller) const;
};

// Adds one value under "AWS". False: it names no principal ("arn:aws:iam::111111111111:role/*").
bool add_aws_principal(std::string_view text, PrincipalList& list);

}  // namespace kakehashi::iam::detail
