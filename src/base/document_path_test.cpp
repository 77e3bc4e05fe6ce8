#include "base/document_path.h"

#include <gtest/gtest.h>

namespace kakehashi {
namespace {

std::string shown(const std::vector<DocumentStep>& steps) {
    std::string out;
    for (const DocumentStep& step : steps) {
        out += step.index ? "#" + std::to_string(*step.index) : "/" + step.key;
    }
    return out;
}

TEST(DocumentPath, IsReadInSteps) {
    struct Row {
        const char *path, *steps;
    };
    for (const auto& [path, steps] :
         {Row{"a", "/a"},
          Row{"Resources.X.Properties.SubnetIds[0]", "/Resources/X/Properties/SubnetIds#0"},
          Row{"municipality[0].external_id", "/municipality#0/external_id"},
          Row{"a[0][1].Fn::If[2]", "/a#0#1/Fn::If#2"}}) {
        const auto read = read_document_path(path);
        ASSERT_TRUE(read) << path;
        EXPECT_EQ(shown(*read), steps) << path;
    }
}

TEST(DocumentPath, RefusesWhatIsNone) {
    for (const char* path :
         {"", ".", ".a", "a.", "a..b", "a[", "a[]", "a[x]", "a[0", "a[-1]", "a[0]b"}) {
        EXPECT_FALSE(read_document_path(path)) << path;
    }
    std::string deep = "a";
    for (std::size_t i = 1; i < kDocumentStepsMax; ++i) {
        deep += ".a";
    }
    EXPECT_TRUE(read_document_path(deep));
    EXPECT_FALSE(read_document_path(deep + ".a"));
}

}  // namespace
}  // namespace kakehashi
