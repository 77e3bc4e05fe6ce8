#include "aws/regions.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kakehashi::aws {
namespace {

TEST(Regions, KnowsJapansTwoAndSpellsThemExactly) {
    ASSERT_NE(find_region("ap-northeast-1"), nullptr);
    EXPECT_EQ(find_region("ap-northeast-1")->name_ja, "東京");
    EXPECT_EQ(find_region("ap-northeast-3")->country, "JP");
    const auto in_japan = [](const Region& region) { return region.country == "JP"; };
    EXPECT_EQ(std::ranges::count_if(commercial_regions(), in_japan), 2);
    for (const char* neighbour :
         {"", "ap-northeast-4", "AP-NORTHEAST-1", "ap-northeast-1 ", "us-gov-west-1", "cn-north-1"})
        EXPECT_EQ(find_region(neighbour), nullptr) << neighbour;
}

TEST(Regions, KnowsTheAddressListOfS3WhereItWasSeen) {
    EXPECT_EQ(s3_prefix_list("ap-northeast-1"), "pl-61a54008");
    for (const char* other : {"", "ap-northeast-3", "us-east-1"}) {
        EXPECT_EQ(s3_prefix_list(other), "") << other;
    }
}

TEST(Regions, EveryEntryIsWhole) {
    EXPECT_GE(commercial_regions().size(), 30U);
    for (const Region& region : commercial_regions()) {
        EXPECT_FALSE(region.name_en.empty() || region.name_ja.empty()) << region.id;
        EXPECT_EQ(region.country.size(), 2U) << region.id;
    }
}

TEST(RegionSet, IsASetWhateverTheOrder) {
    const RegionSet japan{"ap-northeast-3", "ap-northeast-1", "ap-northeast-1"};
    EXPECT_EQ(japan, (RegionSet{"ap-northeast-1", "ap-northeast-3"}));
    EXPECT_EQ(to_string(japan), "ap-northeast-1, ap-northeast-3");
    EXPECT_TRUE(japan.contains("ap-northeast-3"));
    EXPECT_FALSE(japan.contains("ap-northeast-2"));
    EXPECT_TRUE(RegionSet().empty());
}

TEST(RegionSet, AnUnboundedOneIsWithinAnUnboundedOneAlone) {
    const RegionSet any = RegionSet::any();
    RegionSet every_known;
    for (const Region& region : commercial_regions())
        every_known.insert(region.id);
    EXPECT_FALSE(any.within(every_known));
    EXPECT_TRUE(every_known.within(any));
    EXPECT_TRUE(any.within(any));
    EXPECT_NE(any, every_known);
    EXPECT_TRUE(any.contains("xx-new-1"));
    EXPECT_EQ(to_string(any), "*");
    EXPECT_TRUE(RegionSet{"ap-northeast-1"}.joined(any).unbounded());
}

TEST(RegionSet, SubsetAndDifference) {
    const RegionSet japan{"ap-northeast-1", "ap-northeast-3"};
    EXPECT_TRUE((RegionSet{"ap-northeast-3"}).within(japan));
    EXPECT_TRUE(RegionSet().within(japan));
    EXPECT_FALSE(japan.within(RegionSet{"ap-northeast-1"}));
    EXPECT_EQ((RegionSet{"ap-northeast-1", "us-east-1"}).without(japan), RegionSet{"us-east-1"});
}

}  // namespace
}  // namespace kakehashi::aws
