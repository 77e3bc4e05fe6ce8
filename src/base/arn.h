#pragma once

#include "base/expected.h"

#include <string>
#include <string_view>

namespace kakehashi {

inline constexpr std::size_t kArnBytesMax = 2048;  // what STS takes as RoleArn

// The parts of arn:partition:service:region:account:resource. Foundation models have no account,
// roles no region; the resource keeps its own ':' and '/'.
// Source: IAM User Guide, "Identify AWS resources with ARNs".
struct Arn {
    std::string partition, service, region, account, resource;
};

enum class ArnError { TooLong, NotAnArn, EmptyPart, BadAccount };

// The result owns its text. Never throws on any input. Safe from every thread.
Expected<Arn, ArnError> parse_arn(std::string_view text);

std::string to_string(const Arn& arn);  // to_string(*parse_arn(x)) == x

bool is_account_id(std::string_view text);  // 12 digits

}  // namespace kakehashi
