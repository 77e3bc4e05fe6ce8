#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

namespace kakehashi::net::detail {

// What came from the peer and was not taken yet, in one piece, so that it can be parsed in place.
// Kept by a connection from message to message.
class Buffer {
public:
    std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }
    void take(std::size_t count) {
        begin_ += count;
        if (begin_ == end_) begin_ = end_ = 0;
    }

    struct Space {
        char* bytes;
        std::size_t size;
    };
    // Room behind the view, at least `wanted` of it. Views from before are void.
    Space space(std::size_t wanted) {
        if (capacity_ - end_ < wanted) make_room(wanted);
        return {bytes_.get() + end_, capacity_ - end_};
    }
    void add(std::size_t count) { end_ += count; }

    // An idle connection keeps no more than it needs. Requires: empty().
    void shrink(std::size_t capacity) {
        if (capacity_ <= capacity) return;
        bytes_.reset();
        capacity_ = 0;
    }

private:
    void make_room(std::size_t wanted) {
        const std::size_t size = end_ - begin_;
        if (capacity_ < size + wanted) {
            const std::size_t capacity = std::max(size + wanted, 2 * capacity_);
            auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
            if (size > 0) std::memcpy(bytes.get(), bytes_.get() + begin_, size);
            bytes_ = std::move(bytes);
            capacity_ = capacity;
        } else if (size > 0) {
            std::memmove(bytes_.get(), bytes_.get() + begin_, size);
        }
        begin_ = 0;
        end_ = size;
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

}  // namespace kakehashi::net::detail
