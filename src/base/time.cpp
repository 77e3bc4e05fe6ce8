#include "base/time.h"

#include "base/text.h"

#include <array>

namespace kakehashi {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<const char*, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths =
    {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
    int year = 0;
    unsigned month = 0, day = 0, weekday = 0;
    int hour = 0, minute = 0, second = 0;
};

Civil civil(TimePoint time) {
    const auto whole = std::chrono::floor<seconds>(time);
    const auto day = std::chrono::floor<days>(whole);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(whole - day);
    return {
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        std::chrono::weekday(day).c_encoding(),
        static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count())};
}

// TimePoint counts nanoseconds in 64 bits: 1678 to 2261, and an offset from UTC needs room.
constexpr int kYearMin = 1700, kYearMax = 2200;

std::optional<TimePoint> time_point(const Civil& c) {
    if (c.year < kYearMin || c.year > kYearMax) return std::nullopt;
    const std::chrono::year_month_day date(
        std::chrono::year(c.year), std::chrono::month(c.month), std::chrono::day(c.day)
    );
    if (c.year < kYearMin || c.year > kYearMax) return std::nullopt;
    if (!date.ok() || c.hour > 23 || c.minute > 59 || c.second > 59) return std::nullopt;
    return std::chrono::sys_days(date) + hours(c.hour) + minutes(c.minute) + seconds(c.second);
}

// Reads fixed-width numbers and literal characters from the front of a text.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    int number(std::size_t digits) {
        if (text_.size() < digits) return fail();
        int value = 0;
        for (char c : text_.substr(0, digits)) {
            if (c < '0' || c > '9') return fail();
            value = value * 10 + (c - '0');
        }
        text_.remove_prefix(digits);
        return value;
    }
    void literal(std::string_view expected) {
        if (text_.starts_with(expected)) {
            text_.remove_prefix(expected.size());
        } else {
            fail();
        }
    }
    // The place of the name that stands here.
    template <std::size_t N>
    unsigned name(const std::array<const char*, N>& names) {
        for (unsigned i = 0; i < N; ++i) {
            if (!text_.starts_with(names[i])) continue;
            literal(names[i]);
            return i;
        }
        fail();
        return 0;
    }
    bool at(char c) const { return !text_.empty() && text_.front() == c; }
    void skip_digits() {
        while (!text_.empty() && text_.front() >= '0' && text_.front() <= '9') {
            text_.remove_prefix(1);
        }
    }
    bool done() const { return ok_ && text_.empty(); }

private:
    int fail() {
        ok_ = false;
        return 0;
    }
    std::string_view text_;
    bool ok_ = true;
};

unsigned two(Reader& reader) {
    return static_cast<unsigned>(reader.number(2));
}

// Decimal, of exactly `width` digits: a TimePoint's years have four.
void append_digits(std::string& out, int value, std::size_t width) {
    out.append(width, '0');
    for (auto digit = out.rbegin(); value > 0; ++digit, value /= 10) {
        *digit = static_cast<char>('0' + value % 10);
    }
}

void append_date(std::string& out, const Civil& c, std::string_view between) {
    append_digits(out, c.year, 4);
    append_digits(out.append(between), static_cast<int>(c.month), 2);
    append_digits(out.append(between), static_cast<int>(c.day), 2);
}

void append_time(std::string& out, const Civil& c, std::string_view between) {
    append_digits(out, c.hour, 2);
    append_digits(out.append(between), c.minute, 2);
    append_digits(out.append(between), c.second, 2);
}

std::string iso8601(TimePoint time, std::string_view in_date, std::string_view in_time) {
    const Civil c = civil(time);
    std::string out;
    out.reserve(20);
    append_date(out, c, in_date);
    append_time(out.append("T"), c, in_time);
    return out.append("Z");
}

}  // namespace

std::string to_basic_iso8601(TimePoint time) {
    return iso8601(time, "", "");
}

std::string to_iso8601(TimePoint time) {
    return iso8601(time, "-", ":");
}

std::string to_http_date(TimePoint time) {
    const Civil c = civil(time);
    std::string out;
    append_digits(out.append(kWeekdays[c.weekday]).append(", "), static_cast<int>(c.day), 2);
    append_digits(out.append(" ").append(kMonths[c.month - 1]).append(" "), c.year, 4);
    append_time(out.append(" "), c, ":");
    return out.append(" GMT");
}

std::optional<TimePoint> parse_basic_iso8601(std::string_view text) {
    Reader reader(text);
    Civil c;
    c.year = reader.number(4);
    c.month = two(reader);
    c.day = two(reader);
    reader.literal("T");
    c.hour = reader.number(2);
    c.minute = reader.number(2);
    c.second = reader.number(2);
    reader.literal("Z");
    return reader.done() ? time_point(c) : std::nullopt;
}

std::optional<TimePoint> parse_iso8601(std::string_view text) {
    Reader reader(text);
    Civil c;
    c.year = reader.number(4);
    reader.literal("-");
    c.month = two(reader);
    reader.literal("-");
    c.day = two(reader);
    reader.literal("T");
    c.hour = reader.number(2);
    reader.literal(":");
    c.minute = reader.number(2);
    reader.literal(":");
    c.second = reader.number(2);
    if (reader.at('.')) {
        reader.literal(".");
        reader.skip_digits();
    }
    minutes east(0);
    if (reader.at('+') || reader.at('-')) {
        const int sign = reader.at('+') ? 1 : -1;
        reader.literal(sign > 0 ? "+" : "-");
        east = hours(reader.number(2));
        reader.literal(":");
        east = sign * (east + minutes(reader.number(2)));
    } else {
        reader.literal("Z");
    }
    if (!reader.done()) return std::nullopt;
    const auto local = time_point(c);
    if (!local) return std::nullopt;
    return *local - east;
}

std::optional<TimePoint> parse_http_date(std::string_view text) {
    Reader reader(text);
    Civil c;
    c.weekday = reader.name(kWeekdays);
    reader.literal(", ");
    c.day = two(reader);
    reader.literal(" ");
    c.month = reader.name(kMonths) + 1;
    reader.literal(" ");
    c.year = reader.number(4);
    reader.literal(" ");
    c.hour = reader.number(2);
    reader.literal(":");
    c.minute = reader.number(2);
    reader.literal(":");
    c.second = reader.number(2);
    reader.literal(" GMT");
    if (!reader.done()) return std::nullopt;
    const auto time = time_point(c);
    return time && civil(*time).weekday == c.weekday ? time : std::nullopt;
}

}  // namespace kakehashi
