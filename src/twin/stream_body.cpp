#include "twin/stream_body.h"

#include <utility>

namespace kakehashi::twin {

boost::asio::awaitable<Expected<std::string, http::NetError>> StreamBody::read() {
    const bool cut = pace_.cut_at_byte && sent_ >= *pace_.cut_at_byte;
    if (cut) co_return Failure{http::NetError{http::NetErrorKind::Truncated}};
    if (next_ == frames_.size()) co_return std::string();
    if (pace_.delay.count() > 0) co_await timer_.sleep_for(pace_.delay);
    std::string frame = std::move(frames_[next_++]);
    if (pace_.cut_at_byte && sent_ + frame.size() > *pace_.cut_at_byte) {
        frame.resize(*pace_.cut_at_byte - sent_);
    }
    sent_ += frame.size();
    // A cut right at a frame's beginning leaves nothing to send.
    if (frame.empty()) co_return Failure{http::NetError{http::NetErrorKind::Truncated}};
    co_return frame;
}

}  // namespace kakehashi::twin
