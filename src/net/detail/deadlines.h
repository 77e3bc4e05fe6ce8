#pragma once

#include "net/clock.h"

#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace kakehashi::net::detail {

// One timer for all connections of an owner. A deadline is set for every request and hardly ever
// passes, so setting one is a store: the timer looks at all of them when the earliest that it
// knew of is reached. Who waits for long can give its memory back: on_rest(). Thread rule: one
// strand.
class Deadlines : public std::enable_shared_from_this<Deadlines> {
public:
    class Entry {  // NOLINT(cppcoreguidelines-virtual-class-destructor): never owned as such
    public:
        explicit Entry(std::shared_ptr<Deadlines> owner);
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        void set_deadline(Instant deadline);
        bool deadline_passed() const { return passed_; }
        // Something waits from here on: on_rest() comes once after some kRestPeriod, if it still
        // does.
        void begin_rest();
        void end_rest() { resting_ = Rest::Awake; }

    protected:
        virtual ~Entry();
        virtual void on_deadline() = 0;  // may not destroy an entry
        virtual void on_rest() {}        // nor this

    private:
        friend class Deadlines;
        std::shared_ptr<Deadlines> owner_;
        Instant deadline_ = Instant::max();
        bool passed_ = false;
        enum class Rest { Awake, Begun, Seen };
        Rest resting_ = Rest::Awake;
        Entry* before_ = nullptr;
        Entry* after_ = nullptr;
    };

    explicit Deadlines(const boost::asio::any_io_executor& executor) : timer_(executor) {}

private:
    static constexpr auto kRestPeriod = std::chrono::milliseconds(500);
    void arm(Instant at);
    void look();
    void look_for_rest(Instant now);

    boost::asio::steady_timer timer_;
    Instant armed_ = Instant::max();
    Instant next_rest_ = Instant::max();  // max: nobody rests
    Entry* first_ = nullptr;
};

}  // namespace kakehashi::net::detail
