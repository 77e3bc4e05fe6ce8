#include "net/detail/service.h"

#include <utility>

namespace kakehashi::net::detail {

std::string_view DateField::text() {
    const auto second = std::chrono::floor<std::chrono::seconds>(clock_.now());
    if (text_.empty() || second != second_) text_ = to_http_date(second);
    second_ = second;
    return text_;
}

bool HeldBytes::take(std::size_t bytes) {
    if (service_->bodies_bytes + bytes > service_->limits.bodies_bytes_max) return false;
    service_->bodies_bytes += bytes;
    held_ += bytes;
    return true;
}

bool HeldBytes::holds(std::size_t bytes) {
    give_back();
    service_->bodies_bytes += bytes;
    held_ = bytes;
    return service_->bodies_bytes <= service_->limits.bodies_bytes_max;
}

void HeldBytes::give_back() {
    service_->bodies_bytes -= std::exchange(held_, 0);
}

}  // namespace kakehashi::net::detail
