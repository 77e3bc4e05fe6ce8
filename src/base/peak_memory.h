#pragma once

#include <cstddef>

// For tests of what may be large (P17): how much memory something had at most. A test program that
// has peak_memory.cpp among its TESTS counts what `new` is asked for; what malloc adds to each
// piece is not counted, nor what C libraries take from it.
namespace kakehashi {

// Counts from its making. One at a time; every thread's memory counts.
class PeakMemory {
public:
    PeakMemory();
    std::size_t bytes() const;  // at most, at once, beyond what there was

private:
    std::size_t before_;
};

}  // namespace kakehashi
