#include "iam/context.h"

#include <gtest/gtest.h>

namespace kakehashi::iam {
namespace {

std::string value_of(const Context& context, std::string_view key) {
    const Context::Entry* found = context.find(key);
    return found ? found->values.at(0) : "(missing)";
}

TEST(Context, StandsOnAnotherThatItDoesNotChange) {
    auto made = std::make_shared<Context>();
    made->set("aws:SourceVpc", "vpc-1");
    made->set("aws:SourceIp", "10.0.0.1");
    const std::shared_ptr<const Context> base = std::move(made);

    Context leg(base);
    leg.set("AWS:sourcevpc", "vpc-2");  // names match in any case
    leg.set("aws:RequestedRegion", "ap-northeast-1");
    leg.erase("AWS:SourceIP");
    leg.erase("aws:NoSuchKey");
    EXPECT_EQ(value_of(leg, "aws:SourceVpc"), "vpc-2");
    EXPECT_EQ(value_of(leg, "aws:RequestedRegion"), "ap-northeast-1");
    EXPECT_EQ(value_of(leg, "aws:SourceIp"), "(missing)");
    EXPECT_EQ(value_of(*base, "aws:SourceVpc"), "vpc-1");
    EXPECT_EQ(value_of(*base, "aws:SourceIp"), "10.0.0.1");
    EXPECT_EQ(value_of(*base, "aws:RequestedRegion"), "(missing)");

    const Context above(std::make_shared<const Context>(leg));
    EXPECT_EQ(value_of(above, "aws:SourceVpc"), "vpc-2");
    EXPECT_EQ(value_of(above, "aws:SourceIp"), "(missing)");
    leg.set("aws:SourceIp", "10.0.0.2");
    EXPECT_EQ(value_of(leg, "aws:SourceIp"), "10.0.0.2");
    EXPECT_EQ(value_of(above, "aws:SourceIp"), "(missing)");
}

}  // namespace
}  // namespace kakehashi::iam
