#include "finding/examples.h"

#include <gtest/gtest.h>

namespace kakehashi::finding {
namespace {

// What check says stands in a file, so that a file can show it.
TEST(Example, EveryFindingOfAFileHasOne) {
    for (const Finding& finding : all()) {
        const auto shown = example(finding);
        EXPECT_EQ(shown.has_value(), finding.area != Area::Account) << finding.id;
        if (!shown) continue;
        EXPECT_FALSE(shown->wrong.empty()) << finding.id;
        EXPECT_NE(shown->wrong, shown->right) << finding.id;
    }
}

}  // namespace
}  // namespace kakehashi::finding
