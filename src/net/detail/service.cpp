#include "net/detail/service.h"

namespace kakehashi::net::detail {

std::string_view DateField::text() {
    const auto second = std::chrono::floor<std::chrono::seconds>(clock_.now());
    if (text_.empty() || second != second_) text_ = to_http_date(second);
    second_ = second;
    return text_;
}

}  // namespace kakehashi::net::detail
