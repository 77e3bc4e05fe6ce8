#pragma once

#include "base/secret.h"

#include <string>

namespace kakehashi::aws {

// What a request is signed with. Long-term keys have no session token.
struct Credentials {
    std::string access_key_id;  // no secret: CloudTrail prints it
    SecretString secret_access_key;
    SecretString session_token;
};

}  // namespace kakehashi::aws
