#pragma once

#include "base/expected.h"
#include "base/message.h"
#include "cfn/detail/node.h"

// The two readers, each within the limits of template.h. Never throw on any input.
namespace kakehashi::cfn {

struct ReadError {
    Message what;
    std::size_t line = 0;
};

Expected<Node, ReadError> read_yaml(std::string_view text);
Expected<Node, ReadError> read_json(std::string_view text);

}  // namespace kakehashi::cfn
