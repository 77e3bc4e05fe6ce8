#include "base/json.h"
#include "iam/simulation.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

// tests/iam/*.json: [{"note", "policies", "request", "want"}]. `policies` and `request` are those
// of `kakehashi iam evaluate`; of the answer, what `want` names must be so ("because": the Sids).
namespace kakehashi::iam {
namespace {

std::vector<std::filesystem::path> files() {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(KAKEHASHI_IAM_CASES)) {
        if (entry.path().extension() == ".json") found.push_back(entry.path());
    }
    return found;
}

json::value read(const std::filesystem::path& file) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    auto value = json::parse(text.str());
    EXPECT_TRUE(value) << file;
    return value ? *value : json::value(nullptr);
}

json::value evaluated(const json::object& one) {
    json::object simulation = one.at("policies").as_object();
    simulation["request"] = one.at("request");
    const json::object line{{"name", one.at("note")}, {"simulation", simulation}};
    const Evaluated answer = evaluate_line(json::serialize(line), Language::English);
    json::value value = *json::parse(answer.line);
    EXPECT_EQ(answer.failed, value.as_object().contains("error"));
    json::array because;
    if (const json::array* statements = json::find_array(value, "statements")) {
        for (const auto& statement : *statements)
            because.push_back(statement.at("sid"));
    }
    value.as_object()["because"] = because;
    return value;
}

TEST(Conformance, EveryCaseIsDecidedAsItsFileSays) {
    std::size_t cases = 0;
    for (const auto& file : files()) {
        const json::value all = read(file);
        ASSERT_TRUE(all.is_array()) << file;
        for (const auto& one : all.get_array()) {
            const json::value answer = evaluated(one.as_object());
            for (const auto& [key, wanted] : one.at("want").as_object()) {
                const json::value* got =
                    json::find(answer, std::string_view(key.data(), key.size()));
                EXPECT_TRUE(got != nullptr && *got == wanted)
                    << file.filename() << ": " << one.at("note") << "\n  wanted " << key << " "
                    << json::serialize(wanted) << "\n  got " << json::serialize(answer);
            }
            ++cases;
        }
    }
    EXPECT_GT(cases, 50U);
}

}  // namespace
}  // namespace kakehashi::iam
