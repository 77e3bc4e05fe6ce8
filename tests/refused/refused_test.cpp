#include "base/json.h"
#include "base/text.h"
#include "cloud/world.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

// The twin fails closed: a pair with one thing in it that it does not know is refused before it
// starts, and the refusal names the file, the line and the path. The pair and the things are data,
// so that others can use them.
namespace kakehashi::cloud {
namespace {

using Files = std::map<std::string, std::string>;

constexpr std::size_t kRefusedMin = 60;  // issue 6, "Bad input"

std::string bytes_of(const std::string& name) {
    std::ifstream in(KAKEHASHI_REFUSED "/" + name);
    EXPECT_TRUE(in) << name;
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Files base() {
    Files out;
    for (const char* name : {"operator.yaml", "network.json", "municipality.yaml"})
        out[name] = bytes_of(name);
    return out;
}

auto build(const Files& files) {
    auto configuration = config::read_configuration(bytes_of("kakehashi.toml"), "kakehashi.toml");
    EXPECT_TRUE(configuration);
    return build_world(*std::move(configuration), files);
}

std::string text_of(const json::value& row, std::string_view key) {
    return std::string(json::find_string(row, key).value_or(""));
}

// "file:line path id", as in the table.
std::string told(const Problem& problem) {
    const Location& at = problem.where;
    return at.file + ":" + std::to_string(at.line) + " " + at.path + " " + problem.what.id.name();
}

TEST(Refused, TheBaseItselfIsTaken) {
    const auto world = build(base());
    std::string said;
    if (!world) {
        for (const Problem& problem : world.error())
            said += told(problem) + "\n";
    }
    EXPECT_TRUE(world) << said;
}

TEST(Refused, WhateverIsNotKnownAtItsLineAndPath) {
    const json::value rows = *json::parse(bytes_of("refused.json"));
    ASSERT_GE(rows.as_array().size(), kRefusedMin);
    std::set<std::string> names;
    for (const json::value& row : rows.as_array()) {
        const std::string name = text_of(row, "name"), file = text_of(row, "file"),
                          from = text_of(row, "from");
        SCOPED_TRACE(name);
        EXPECT_TRUE(names.insert(name).second);
        Files files = base();
        std::string& text = files[file];
        const std::size_t at = text.find(from);
        ASSERT_NE(at, text.npos) << from;
        ASSERT_EQ(text.find(from, at + 1), text.npos) << "stands twice: " << from;
        text.replace(at, from.size(), text_of(row, "to"));
        const auto world = build(files);
        EXPECT_FALSE(world) << "accepted";
        if (world) continue;
        const auto line = std::to_string(json::find(row, "line")->as_int64());
        EXPECT_EQ(
            told(world.error().front()),
            file + ":" + line + " " + text_of(row, "path") + " " + text_of(row, "id")
        );
        // One thing is wrong, so one thing is said; but that an element misspelt is missing under
        // its own name.
        const std::string also = text_of(row, "also");
        std::string more;
        for (std::size_t i = 1; i < world.error().size(); ++i)
            more += world.error()[i].what.id.name();
        EXPECT_EQ(more, also);
    }
}

}  // namespace
}  // namespace kakehashi::cloud
