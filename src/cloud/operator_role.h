#pragma once

#include "cloud/world.h"

namespace kakehashi::cloud {

// The operator role that a municipality's caller assumes: `role_arn` of the configuration, else the
// one role of the operator account whose trust policy lets a role of the municipality in, with what
// the configuration sends. A condition on any other key (the endpoint, the organisation) hides no
// role: what it will be is not known here. Errors: there is none, or more than one; the message
// names them.
Expected<std::string, Message> operator_role_of(
    const World& world,
    const config::Municipality& municipality
);

}  // namespace kakehashi::cloud
