#include "base/ipv4.h"

#include <gtest/gtest.h>

namespace kakehashi {
namespace {

TEST(Ipv4, ReadsAndWritesAddresses) {
    EXPECT_EQ(parse_ipv4("10.20.0.1"), 0x0A140001U);
    for (const char* text : {"0.0.0.0", "255.255.255.255", "169.254.169.254"}) {
        EXPECT_EQ(ipv4_text(parse_ipv4(text).value()), text);
    }
    for (const char* refused :
         {"",
          "1.2.3",
          "1.2.3.",
          "1.2.3.4.5",
          "1.2.3.256",
          "01.2.3.4",
          "1.2.3.-4",
          "1.2.3.4 ",
          "::1"}) {
        EXPECT_FALSE(parse_ipv4(refused)) << refused;
    }
}

TEST(Ipv4, KnowsWhatANetworkHolds) {
    struct Row {
        const char* network;
        const char* address;
        bool contains, exact;
    };
    const Row rows[] = {
        {"10.20.0.0/16", "10.20.255.255", true, true},
        {"10.20.0.0/16", "10.21.0.0", false, true},
        {"10.20.0.1/16", "10.20.9.9", true, false},
        {"0.0.0.0/0", "203.0.113.1", true, true},
        {"10.0.0.1/0", "203.0.113.1", true, false},
        {"10.0.0.1/32", "10.0.0.1", true, true},
        {"10.0.0.1/32", "10.0.0.2", false, true},
    };
    for (const auto& [text, address, contains, exact] : rows) {
        const auto network = parse_ipv4_network(text);
        ASSERT_TRUE(network) << text;
        EXPECT_EQ(network->contains(parse_ipv4(address).value()), contains) << text;
        EXPECT_EQ(network->is_exact(), exact) << text;
    }
    for (const char* refused :
         {"", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0/8", "fd00::/8"}) {
        EXPECT_FALSE(parse_ipv4_network(refused)) << refused;
    }
}

}  // namespace
}  // namespace kakehashi
