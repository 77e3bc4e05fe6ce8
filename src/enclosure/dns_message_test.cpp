#include "enclosure/dns_message.h"

#include "enclosure/hex_test.h"

#include <gtest/gtest.h>

namespace kakehashi::enclosure {
namespace {

constexpr std::uint16_t kA = 1, kTxt = 16, kAaaa = 28, kAny = 255;

//                         id   flags qd   an   ns   ar
const std::string kHeader = bytes("1234 0100 0001 0000 0000 0000");
const std::string kHeaderWithOpt = bytes("1234 0100 0001 0000 0000 0001");
const std::string kName = bytes("03 537473 03 417773 00");  // Sts.Aws
const std::string kQuestion = kName + bytes("0001 0001");
const std::string kOpt = bytes("00 0029 1000 00008000 0000");

TEST(DnsMessage, ReadsAQuestion) {
    const auto query = parse_dns_query(kHeader + kQuestion);
    ASSERT_TRUE(query);
    EXPECT_EQ(query->id, 0x1234);
    EXPECT_TRUE(query->recursion_desired);
    EXPECT_EQ(query->question, kQuestion);
    EXPECT_EQ(query->name, "sts.aws");
    EXPECT_EQ(query->type, kA);
    EXPECT_FALSE(query->edns);
    EXPECT_EQ(query->udp_bytes_max(), 512U);
}

TEST(DnsMessage, ReadsEdns) {
    const std::string small = bytes("00 0029 0000 00000000 0000");
    const std::string with_data = bytes("00 0029 0400 00000000 0004 0003 0000");
    const std::string other = bytes("c00c 0001 0001 00000000 0000");
    EXPECT_EQ(parse_dns_query(kHeaderWithOpt + kQuestion + kOpt)->udp_bytes_max(), kDnsUdpBytesMax);
    EXPECT_TRUE(parse_dns_query(kHeaderWithOpt + kQuestion + kOpt)->edns->dnssec_ok);
    EXPECT_EQ(parse_dns_query(kHeaderWithOpt + kQuestion + small)->udp_bytes_max(), kDnsUdpBytes);
    EXPECT_EQ(parse_dns_query(kHeaderWithOpt + kQuestion + with_data)->udp_bytes_max(), 1024U);
    EXPECT_FALSE(parse_dns_query(kHeaderWithOpt + kQuestion + other)->edns);
}

TEST(DnsMessage, WritesNamesSoThatNoTwoReadTheSame) {
    struct Row {
        std::string wire, name;
    };
    const Row rows[] = {
        {bytes("00"), ""},
        {bytes("01 61 00"), "a"},
        {bytes("03 612e62 00"), R"(a\046b)"},
        {bytes("03 615c62 00"), R"(a\092b)"},
        {bytes("03 6100e3 00"), R"(a\000\227)"},
        {bytes("02 2d5f 01 2a 00"), "-_.*"},
        {bytes("3f") + std::string(63, 'A') + bytes("00"), std::string(63, 'a')},
    };
    for (const auto& [wire, name] : rows) {
        const auto query = parse_dns_query(kHeader + wire + bytes("0001 0001"));
        ASSERT_TRUE(query) << name;
        EXPECT_EQ(query->name, name);
    }
}

TEST(DnsMessage, HasNoWordForWhatIsNoQuery) {
    for (std::size_t size = 0; size < kHeader.size(); ++size) {
        const auto query = parse_dns_query(kHeader.substr(0, size));
        ASSERT_FALSE(query) << size;
        EXPECT_EQ(query.error(), "") << size;
    }
    const auto answer = parse_dns_query(bytes("1234 8100 0001 0000 0000 0000") + kQuestion);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), "");
}

TEST(DnsMessage, SaysFormErrToWhatIsCutAtAnyByte) {
    const std::string whole = kHeaderWithOpt + kQuestion + kOpt;
    ASSERT_TRUE(parse_dns_query(whole));
    for (std::size_t size = kHeader.size(); size < whole.size(); ++size) {
        const auto query = parse_dns_query(whole.substr(0, size));
        ASSERT_FALSE(query) << size;
        EXPECT_EQ(hex_of(query.error()), "123481810000000000000000") << size;
    }
}

TEST(DnsMessage, RefusesInDnsOwnWords) {
    const std::string long_label = bytes("40") + std::string(64, 'a') + bytes("00 0001 0001");
    std::string long_name;
    for (int i = 0; i < 4; ++i) {
        long_name += bytes("3f") + std::string(63, 'a');
    }
    struct Row {
        std::string note, message, answer;
    };
    const std::string form_err = "123481810000000000000000";
    const Row rows[] = {
        {"no question", bytes("1234 0100 0000 0000 0000 0000"), form_err},
        {"two", bytes("1234 0100 0002 0000 0000 0000") + kQuestion + kQuestion, form_err},
        {"more behind it", kHeader + kQuestion + "a", form_err},
        {"a pointer", kHeader + bytes("c00c 0001 0001"), form_err},
        {"a label of 64", kHeader + long_label, form_err},
        {"a name of 257", kHeader + long_name + bytes("00 0001 0001"), form_err},
        {"OPT twice", bytes("1234 0100 0001 0000 0000 0002") + kQuestion + kOpt + kOpt, form_err},
        {"records that are not there",
         bytes("1234 0100 0001 ffff ffff ffff") + kQuestion,
         form_err},
        {"IQUERY, not desired",
         bytes("1234 0800 0001 0000 0000 0000") + kQuestion,
         "123488840000000000000000"},
        {"UPDATE", bytes("1234 2900 0001 0000 0000 0000") + kQuestion, "1234a9840000000000000000"},
        {"class CH",
         kHeader + kName + bytes("0001 0003"),
         "123481850001000000000000" + hex_of(kName) + "00010003"},
        {"EDNS 1",
         kHeaderWithOpt + kQuestion + bytes("00 0029 1000 00010000 0000"),
         "123481800001000000000001" + hex_of(kQuestion) + "00002904d0010000000000"},
    };
    for (const auto& [note, message, answer] : rows) {
        const auto query = parse_dns_query(message);
        ASSERT_FALSE(query) << note;
        EXPECT_EQ(hex_of(query.error()), answer) << note;
    }
}

TEST(DnsMessage, AnswersWithTheQuestionAsItCame) {
    using Status = NameAnswer::Status;
    struct Row {
        std::uint16_t type;
        NameAnswer answer;
        std::string flags_and_counts, records;
    };
    const NameAnswer both{Status::Addresses, {0x0A140101, 0x0A140102}};
    const std::string first = "c00c000100010000003c00040a140101";
    const std::string second = "c00c000100010000003c00040a140102";
    const Row rows[] = {
        {kA, both, "81800001000200000000", first + second},
        {kAny, both, "81800001000200000000", first + second},
        {kAaaa, both, "81800001000000000000", ""},
        {kTxt, both, "81800001000000000000", ""},
        {kA, {Status::Addresses, {}}, "81800001000000000000", ""},
        {kA, {Status::NoSuchName, {}}, "81830001000000000000", ""},
        {kAaaa, {Status::NoSuchName, {}}, "81830001000000000000", ""},
        {kA, {Status::Refused, {}}, "81850001000000000000", ""},
    };
    for (const auto& [type, answer, flags_and_counts, records] : rows) {
        auto query = parse_dns_query(kHeader + kQuestion);
        query->type = type;
        std::string wanted = bytes("1234");
        wanted.append(bytes(flags_and_counts)).append(kQuestion).append(bytes(records));
        EXPECT_EQ(hex_of(dns_answer(*query, answer, kDnsUdpBytes)), hex_of(wanted));
    }
}

TEST(DnsMessage, AnswersEdnsWithEdns) {
    const auto query = parse_dns_query(kHeaderWithOpt + kQuestion + kOpt);
    EXPECT_EQ(
        hex_of(dns_answer(*query, {}, kDnsUdpBytes)),
        "123481830001000000000001" + hex_of(kQuestion) + "00002904d0000080000000"
    );
}

TEST(DnsMessage, MarksWhatDoesNotFitAsTruncated) {
    const auto query = parse_dns_query(kHeader + kQuestion);
    constexpr std::size_t kFits = (kDnsUdpBytes - 12 - 13) / 16;
    NameAnswer answer{NameAnswer::Status::Addresses, std::vector<Ipv4>(kFits, 1)};
    EXPECT_EQ(dns_answer(*query, answer, kDnsUdpBytes).size(), 12 + 13 + 16 * kFits);
    answer.addresses.push_back(1);
    EXPECT_EQ(
        hex_of(dns_answer(*query, answer, kDnsUdpBytes)),
        "123483800001000000000000" + hex_of(kQuestion)
    );
    EXPECT_EQ(dns_answer(*query, answer, kDnsTcpBytesMax).size(), 12 + 13 + 16 * (kFits + 1));
}

}  // namespace
}  // namespace kakehashi::enclosure
