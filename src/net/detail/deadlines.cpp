#include "net/detail/deadlines.h"

#include <algorithm>
#include <malloc.h>

namespace kakehashi::net::detail {

Deadlines::Entry::Entry(std::shared_ptr<Deadlines> owner)
    : owner_(std::move(owner)), after_(owner_->first_) {
    if (after_ != nullptr) after_->before_ = this;
    owner_->first_ = this;
}

Deadlines::Entry::~Entry() {
    (before_ != nullptr ? before_->after_ : owner_->first_) = after_;
    if (after_ != nullptr) after_->before_ = before_;
    if (owner_->first_ == nullptr) owner_->timer_.cancel();
}

void Deadlines::Entry::set_deadline(Instant deadline) {
    deadline_ = deadline;
    passed_ = false;
    if (deadline < owner_->armed_) owner_->arm(deadline);
}

void Deadlines::Entry::begin_rest() {
    resting_ = Rest::Begun;
    if (owner_->next_rest_ != Instant::max()) return;
    owner_->next_rest_ = monotonic_now() + kRestPeriod;
    if (owner_->next_rest_ < owner_->armed_) owner_->arm(owner_->next_rest_);
}

void Deadlines::arm(Instant at) {
    armed_ = at;
    timer_.expires_at(at);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& replaced) {
        const auto self = weak.lock();
        if (!self) return;
        if (replaced) {
            if (self->first_ == nullptr) self->armed_ = Instant::max();
            return;
        }
        self->look();
    });
}

// What had begun to wait at the last look, and still does, rests. Looks only while somebody may.
void Deadlines::look_for_rest(Instant now) {
    constexpr int kTrimmedFrom = 64;  // entries: what fewer of them give back is not worth a walk
    int rested = 0;
    next_rest_ = Instant::max();
    for (Entry* entry = first_; entry != nullptr; entry = entry->after_) {
        if (entry->resting_ == Entry::Rest::Seen) {
            entry->resting_ = Entry::Rest::Awake;
            entry->on_rest();
            ++rested;
        } else if (entry->resting_ == Entry::Rest::Begun) {
            entry->resting_ = Entry::Rest::Seen;
            next_rest_ = now + kRestPeriod;
        }
    }
    // What lies between things that live on, glibc keeps for itself until it is asked.
    if (rested >= kTrimmedFrom) ::malloc_trim(0);
}

void Deadlines::look() {
    constexpr auto kCoarse = std::chrono::milliseconds(5);  // never a look for each connection
    const Instant now = monotonic_now();
    Instant next = Instant::max();
    armed_ = next;
    for (Entry* entry = first_; entry != nullptr; entry = entry->after_) {
        if (entry->deadline_ <= now) {
            entry->deadline_ = Instant::max();
            entry->passed_ = true;
            entry->on_deadline();
        }
        next = std::min(next, entry->deadline_);
    }
    if (next_rest_ <= now) look_for_rest(now);
    next = std::min(next, next_rest_);
    if (next != Instant::max()) arm(std::max(next, now + kCoarse));
}

}  // namespace kakehashi::net::detail
