#pragma once

#include "aws/converse.h"
#include "base/json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What answers and streams have in common.
namespace kakehashi::aws::detail {

inline AnswerError not_an_answer(std::string_view where) {
    return {AnswerError::Kind::NotAnAnswer, std::string(where)};
}

// A whole number from 0, or nullopt.
std::optional<std::uint64_t> find_count(const json::value& value, std::string_view key);
Expected<TokenUsage, AnswerError> read_usage(const json::value& holder);  // its member "usage"
std::uint64_t read_latency(const json::value& holder);                    // 0 when there is none
json::object to_object(const TokenUsage& usage);

}  // namespace kakehashi::aws::detail
