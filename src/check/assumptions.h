#pragma once

#include "base/message.h"
#include "cloud/world.h"

#include <vector>

namespace kakehashi::check {

// What the two proofs take for granted, a sentence each: dates of our data, the switches of [twin]
// that stand for what nobody has verified, facts that a person vouched for. Safe from every thread.
std::vector<Message> proof_assumptions(const cloud::World& world);

}  // namespace kakehashi::check
