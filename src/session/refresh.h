#pragma once

#include "base/time.h"

#include <chrono>

namespace kakehashi::session {

struct RefreshPolicy {
    // P07: with a lifetime of an hour at least 50 minutes are always in hand. P08: at most seven
    // calls an hour, so not below nine minutes. A shorter lifetime is refreshed at a sixth of it.
    std::chrono::seconds refresh_after{555};
    std::chrono::seconds expiry_margin{30};  // a request signed now must arrive before expiry
    // After a failure: 1 s, 1.5 s, 1.5 s, … A call ends within kAskLimit, so that an STS that is
    // back is noticed within five seconds, half a second of them for the caller's own credentials.
    std::chrono::milliseconds retry_first{1000}, retry_max{1500};
};
inline constexpr std::chrono::seconds kRefreshMin{60};  // also for credentials that came too old
inline constexpr std::chrono::seconds kAskLimit{3};     // for one AssumeRole while refreshing

// Decides when credentials are used, when STS is asked, and when a request fails at once; its owner
// does all three and reports. One call is under way at most. Pure. Thread rule: one strand.
class CredentialRefresh {
public:
    explicit CredentialRefresh(RefreshPolicy policy) : policy_(policy) {}
    CredentialRefresh() : CredentialRefresh(RefreshPolicy{}) {}

    // For a request. Ask: nothing is in hand and the caller now makes the call. Wait: another
    // caller makes the first one. Fail: STS has failed and what was in hand is over; once a task
    // keeps credentials fresh, no request asks again by itself.
    enum class Action { Use, Ask, Wait, Fail };
    Action next(TimePoint now);

    // For a task that keeps credentials fresh: when to call begin_refresh(), at the earliest.
    TimePoint refresh_at() const { return asking_ ? TimePoint::max() : refresh_at_; }
    bool begin_refresh(TimePoint now);  // true: the caller now makes the call

    void answered(TimePoint now, TimePoint expiry);
    void failed(TimePoint now);
    void abandoned() { asking_ = false; }  // the call was cancelled: neither answered nor failed
    bool usable(TimePoint now) const { return now + policy_.expiry_margin < expiry_; }
    // Credentials that a service refused as expired are over, whatever they say.
    void forget() { expiry_ = refresh_at_ = {}; }

private:
    RefreshPolicy policy_;
    TimePoint expiry_{}, refresh_at_{};
    std::chrono::milliseconds retry_{0};  // of the last failure; 0: the last call was answered
    bool asking_ = false;
    bool kept_ = false;  // a task calls begin_refresh()
};

}  // namespace kakehashi::session
