#include "design/render.h"

#include "base/text.h"
#include "cloud/world.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

namespace kakehashi::design {
namespace {

TEST(Render, Try) {
    auto configuration = config::read_configuration(
        R"(
[operator]
account = "222222222222"
[[municipality]]
name = "sample-city"
account = "111111111111"
external_id = "f3b60f3a1c7e4c0d9a52d8e17b4496ce"
caller = { instance = true }
)",
        "kakehashi.toml"
    );
    ASSERT_TRUE(configuration);
    auto pair = render(*configuration);
    if (!pair) {
        for (auto& p : pair.error())
            ADD_FAILURE() << text(p, Language::English);
        return;
    }
    std::map<std::string, std::string> files;
    for (auto* list :
         {&pair->operator_templates, &pair->municipality_templates, &pair->organization_templates})
        for (auto& f : *list) {
            files[f.name] = f.text;
            if (getenv("SHOW")) std::cout << f.text << "\n";
        }
    auto world = cloud::build_world(pair->configuration, files);
    if (!world)
        for (auto& p : world.error())
            ADD_FAILURE() << text(p, Language::English);
}

}  // namespace
}  // namespace kakehashi::design
