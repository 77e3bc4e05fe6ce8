#include "base/peak_memory.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> g_bytes{0};
std::atomic<std::size_t> g_peak{0};

// The size stands before the piece, so that giving it back counts the same.
constexpr std::size_t kHead = alignof(std::max_align_t);

}  // namespace

void* operator new(std::size_t bytes) {
    // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): operator new cannot ask itself
    void* const piece = std::malloc(kHead + bytes);
    if (piece == nullptr) throw std::bad_alloc();
    *static_cast<std::size_t*>(piece) = bytes;
    const std::size_t now = g_bytes += bytes;
    for (std::size_t peak = g_peak; now > peak && !g_peak.compare_exchange_weak(peak, now);) {
    }
    return static_cast<char*>(piece) + kHead;
}
void operator delete(void* memory) noexcept {
    if (memory == nullptr) return;
    void* const piece = static_cast<char*>(memory) - kHead;
    g_bytes -= *static_cast<std::size_t*>(piece);
    std::free(piece);  // NOLINT(cppcoreguidelines-no-malloc): as above
}
void operator delete(void* memory, std::size_t) noexcept {
    operator delete(memory);
}

namespace kakehashi {

PeakMemory::PeakMemory() : before_(g_bytes) {
    g_peak = before_;
}

std::size_t PeakMemory::bytes() const {
    return g_peak - before_;
}

}  // namespace kakehashi
