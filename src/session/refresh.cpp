#include "session/refresh.h"

#include <algorithm>

namespace kakehashi::session {

CredentialRefresh::Action CredentialRefresh::next(TimePoint now) {
    if (usable(now)) return Action::Use;
    const bool has_failed = retry_.count() != 0;
    if (has_failed && (asking_ || kept_ || now < refresh_at_)) return Action::Fail;
    if (asking_) return Action::Wait;
    asking_ = true;
    return Action::Ask;
}

bool CredentialRefresh::begin_refresh(TimePoint now) {
    kept_ = true;
    if (asking_ || now < refresh_at_) return false;
    asking_ = true;
    return true;
}

void CredentialRefresh::answered(TimePoint now, TimePoint expiry) {
    asking_ = false;
    retry_ = {};
    expiry_ = expiry;
    const auto sixth = std::max<TimePoint::duration>((expiry - now) / 6, kRefreshMin);
    refresh_at_ = now + std::min<TimePoint::duration>(policy_.refresh_after, sixth);
}

void CredentialRefresh::failed(TimePoint now) {
    asking_ = false;
    retry_ = retry_.count() == 0 ? policy_.retry_first : std::min(retry_ * 2, policy_.retry_max);
    refresh_at_ = now + retry_;
}

}  // namespace kakehashi::session
