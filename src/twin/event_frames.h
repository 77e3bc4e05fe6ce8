#pragma once

#include "aws/rejection.h"
#include "twin/identifiers.h"
#include "twin/model_script.h"

#include <string>
#include <string_view>
#include <vector>

// The frames of a streamed answer, each with its padding, in the order Bedrock sends them.
namespace kakehashi::twin {

// `error_at_event`: the stream's exception stands in place of that event (from 1) and ends it.
struct StreamFault {
    std::uint32_t at_event = 0;
    aws::Rejection rejection;
};

std::vector<std::string> converse_frames(
    const Answer& answer,
    const std::optional<StreamFault>& fault,
    Identifiers& identifiers
);
// Anthropic's server-sent events, base64 in `chunk` events.
std::vector<std::string> invoke_frames(
    const Answer& answer,
    std::string_view model,
    const std::optional<StreamFault>& fault,
    Identifiers& identifiers
);

json::value converse_body(const Answer& answer, Identifiers& identifiers);
json::value invoke_body(const Answer& answer, std::string_view model, Identifiers& identifiers);

}  // namespace kakehashi::twin
