#include "cloud/indexed.h"

#include <gtest/gtest.h>

namespace kakehashi::cloud {
namespace {

TEST(Indexed, FindsByEveryNameAndByGroupInOrder) {
    Indexed<int> list;
    list.add(7, {"seven", name_in("1", "x")}, {"odd"});
    list.add(8, {"eight"});
    list.add(9, {"nine", "seven"}, {"odd", "square"});  // the name is taken
    EXPECT_EQ(list.all(), (std::vector{7, 8, 9}));
    EXPECT_EQ(*list.find("seven"), 7);
    EXPECT_EQ(list.find("seven"), list.find(name_in("1", "x")));
    EXPECT_EQ(*list.find("nine"), 9);
    EXPECT_EQ(list.find("odd"), nullptr);  // a group is no name
    EXPECT_EQ(list.find(name_in("2", "x")), nullptr);
    const auto odd = list.in("odd");
    ASSERT_EQ(odd.size(), 2U);
    EXPECT_EQ(*odd[0], 7);
    EXPECT_EQ(*odd[1], 9);
    EXPECT_EQ(list.in("square").size(), 1U);
    EXPECT_TRUE(list.in("eight").empty());
}

TEST(Indexed, AMoveKeepsPointers) {
    Indexed<std::string> list;
    list.add("a", {"first"}, {"group"});
    const std::string* before = list.find("first");
    const Indexed<std::string> moved = std::move(list);
    EXPECT_EQ(moved.find("first"), before);
    EXPECT_EQ(moved.in("group").front(), before);
}

}  // namespace
}  // namespace kakehashi::cloud
