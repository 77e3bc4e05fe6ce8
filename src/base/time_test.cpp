#include "base/time.h"

#include <gtest/gtest.h>

namespace kakehashi {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint kTime{1'795'509'217s};  // 2026-11-24T08:33:37Z

TEST(Time, WritesEachForm) {
    EXPECT_EQ(to_basic_iso8601(kTime), "20261124T083337Z");
    EXPECT_EQ(to_iso8601(kTime), "2026-11-24T08:33:37Z");
    EXPECT_EQ(to_http_date(kTime), "Tue, 24 Nov 2026 08:33:37 GMT");
}

TEST(Time, ReadsWhatItWrites) {
    EXPECT_EQ(parse_basic_iso8601(to_basic_iso8601(kTime)), kTime);
    EXPECT_EQ(parse_iso8601(to_iso8601(kTime)), kTime);
    EXPECT_EQ(parse_http_date(to_http_date(kTime)), kTime);
    EXPECT_EQ(parse_iso8601("2026-11-24T17:33:37.5+09:00"), kTime);
}

TEST(Time, RefusesTheNeighbours) {
    for (const char* text :
         {"",
          "20261124T083337",
          "20261124T083337Zx",
          "20261324T083337Z",
          "20260230T083337Z",
          "20261124T243337Z",
          "20261124t083337Z",
          "2026-11-24T08:33:37Z"}) {
        EXPECT_FALSE(parse_basic_iso8601(text)) << text;
    }
    for (const char* text :
         {"2026-11-24",
          "2026-11-24T08:33:37",
          "2026-11-24T08:33:37+0900",
          "1699-12-31T00:00:00Z",
          "2201-01-01T00:00:00Z"}) {
        EXPECT_FALSE(parse_iso8601(text)) << text;
    }
    for (const char* text :
         {"24 Nov 2026 08:33:37 GMT",
          "Tue, 24 Nov 2026 08:33:37 UTC",
          "Wed, 24 Nov 2026 08:33:37 GMT"}) {
        EXPECT_FALSE(parse_http_date(text)) << text;
    }
}

}  // namespace
}  // namespace kakehashi
