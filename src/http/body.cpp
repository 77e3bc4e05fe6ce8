#include "http/body.h"

namespace kakehashi::http {

boost::asio::awaitable<Expected<std::string, NetError>> read_all(Body body, std::size_t bytes_max) {
    const Failure too_large{NetError{.kind = NetErrorKind::TooLarge}};
    if (auto* whole = std::get_if<std::string>(&body)) {
        if (whole->size() > bytes_max) co_return too_large;
        co_return std::move(*whole);
    }
    BodyReader& reader = *std::get<std::unique_ptr<BodyReader>>(body);
    std::string all;
    for (;;) {
        auto piece = co_await reader.read();
        if (!piece) co_return Failure{std::move(piece).error()};
        if (piece->empty()) co_return all;
        if (piece->size() > bytes_max - all.size()) co_return too_large;
        if (all.empty()) {
            all = *std::move(piece);
        } else {
            all += *piece;
        }
    }
}

}  // namespace kakehashi::http
