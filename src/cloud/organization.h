#pragma once

#include "iam/decide.h"

#include <map>
#include <string>
#include <vector>

namespace kakehashi::cloud {

// An organisation as far as policies go. Absent accounts are in none, or in one that nobody named.
struct Organization {
    std::string id;  // "o-example"
    std::string root = "r-root";
    std::string management_account;  // no SCP and no RCP binds it
    struct Membership {
        std::string path;                  // "o-example/r-root/ou-gov/": aws:PrincipalOrgPaths
        std::vector<iam::Level> scp, rcp;  // root → units → account
    };
    std::map<std::string, Membership> members = {};  // by account id

    const Membership* find(const std::string& account) const {
        const auto found = members.find(account);
        return found == members.end() ? nullptr : &found->second;
    }
};

}  // namespace kakehashi::cloud
