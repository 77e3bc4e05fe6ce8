#pragma once

#include "cloud/reach.h"
#include "twin/twin.h"

#include <array>

namespace kakehashi::twin {

// Where clients stand, and what they reach from there: asked once, since the world is constant.
// Constant, so safe from every thread.
class Standpoint {
public:
    Standpoint(const cloud::World& world, cloud::Place place);  // `world` outlives it
    Standpoint(const Standpoint&) = delete;                     // events point into it
    Standpoint& operator=(const Standpoint&) = delete;

    const cloud::Place& place() const { return place_; }
    // IMDS is on an instance itself, as a task's credentials are on its host.
    const cloud::Reach& reach(Service service) const {
        return reaches_[static_cast<std::size_t>(service)];
    }

private:
    const cloud::Place place_;
    std::array<cloud::Reach, std::size(kServices)> reaches_;  // by Service
};

}  // namespace kakehashi::twin
