#include "http/http2_fields.h"

#include "base/text.h"

namespace kakehashi::http {
namespace {

// RFC 9113 §6.5.2: how SETTINGS_MAX_HEADER_LIST_SIZE counts a field.
std::size_t size_of(std::string_view name, std::string_view value) {
    constexpr std::size_t kFieldBytes = 32;
    return name.size() + value.size() + kFieldBytes;
}

}  // namespace

void Http2Fields::add(std::string_view name, std::string_view value) {
    bytes_ += size_of(name, value);
    if (bytes_ > kHeadBytesMax) refused_ = Refusal::TooLarge;
    if (refused_ || take_pseudo(name, value)) return;
    if (++fields_ > kFieldsMax) refused_ = Refusal::TooManyFields;
    const auto noted = note(name, value);
    if (!noted && !refused_) refused_ = noted.error();
}

bool Http2Fields::take_pseudo(std::string_view name, std::string_view value) {
    if (!name.starts_with(':')) return false;
    if (name == ":method") head_.request.method = value;
    if (name == ":path") head_.request.target = value;
    if (name == ":scheme") scheme_ = value;
    if (name == ":authority") authority_ = value;
    return true;
}

Expected<void, Refusal> Http2Fields::note(std::string_view name, std::string_view value) {
    if (name == "host") {
        if (host_) return Failure{Refusal::BadHost};
        host_ = value;
        return {};
    }
    if (name == "cookie") {  // RFC 9113 §8.2.3: crumbs become one field again
        if (cookie_) cookie_->append("; ");
        if (!cookie_) cookie_.emplace();
        cookie_->append(value);
        return {};
    }
    if (name == "content-length") {
        head_.length = parse_count(value);
        if (!head_.length) return Failure{Refusal::BadLength};
    }
    if (name == "expect") {
        if (!equal_ignoring_case(value, "100-continue")) return Failure{Refusal::BadExpectation};
        head_.expects_continue = true;
    }
    head_.request.headers.add(std::string(name), std::string(value));
    return {};
}

// RFC 9113 §8.3.1: a `host` beside :authority must not differ from it.
Expected<std::string, Refusal> Http2Fields::host() const {
    const auto& chosen = authority_ ? authority_ : host_;
    if (!chosen || !is_host(*chosen)) return Failure{Refusal::BadHost};
    if (host_ && *host_ != *chosen) return Failure{Refusal::BadHost};
    return *chosen;
}

Expected<Http2Fields::Head, Refusal> Http2Fields::finish() {
    if (refused_) return Failure{*refused_};
    const auto& [method, target, headers, body, peer] = head_.request;
    if (method == "CONNECT" || !is_target(target, method)) return Failure{Refusal::BadTarget};
    if (scheme_ != "https" && scheme_ != "http") return Failure{Refusal::BadTarget};
    KAKEHASHI_TRY(std::string host, this->host());
    head_.request.headers.add("host", std::move(host));
    if (cookie_) head_.request.headers.add("cookie", *std::move(cookie_));
    return std::move(head_);
}

void Http2Trailers::add(std::string_view name, std::string_view value) {
    bytes_ += size_of(name, value);
    barred_ = barred_ || frames_or_routes(name);
}

Expected<void, Refusal> Http2Trailers::finish() const {
    if (bytes_ > kTrailerBytesMax) return Failure{Refusal::TooLarge};
    if (barred_) return Failure{Refusal::BadTrailer};
    return {};
}

}  // namespace kakehashi::http
