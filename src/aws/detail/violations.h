#pragma once

#include "aws/rejection.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace kakehashi::aws::detail {

inline constexpr std::size_t kViolationsMax = 100;  // further ones are counted no more

inline std::string at_least(std::size_t min) {
    return "Member must have length greater than or equal to " + std::to_string(min);
}
inline std::string at_most(std::size_t max) {
    return "Member must have length less than or equal to " + std::to_string(max);
}

// Constraint violations, written as AWS's framework writes them: "2 validation errors detected:
// Value '…' at 'tags.1.member.key' failed to satisfy constraint: …; …". Paths count from 1.
// Source: errors of STS and Bedrock in public issues (amazon-bedrock-client-for-mac#11); the order
// of several is unverified.
class Violations {
public:
    void add_null(std::string_view path) {
        append("Value null at", path, "Member must not be null");
    }
    void add(std::string_view path, std::string_view value, std::string_view constraint) {
        append("Value '" + std::string(value) + "' at", path, constraint);
    }
    // Of a value that is secret or no scalar.
    void add_unquoted(std::string_view path, std::string_view constraint) {
        append("Value at", path, constraint);
    }
    bool empty() const { return count_ == 0; }
    Rejection rejection(std::string code) const {
        return {
            400,
            std::move(code),
            std::to_string(count_) + (count_ == 1 ? " validation error" : " validation errors") +
                " detected: " + text_};
    }

private:
    void append(std::string_view value_at, std::string_view path, std::string_view constraint) {
        if (count_ == kViolationsMax) return;
        if (count_++ != 0) text_ += "; ";
        text_.append(value_at).append(" '").append(path);
        text_.append("' failed to satisfy constraint: ").append(constraint);
    }

    std::size_t count_ = 0;
    std::string text_;
};

}  // namespace kakehashi::aws::detail
