#pragma once

#include "check/detail/patch.h"
#include "check/judgement.h"
#include "cloud/example_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

// For the tests of findings: one row a case, each a few single edits of an example. The example as
// it stands is the mended twin of the row.
namespace kakehashi::check {

struct FindingRow {
    const char* id;
    const char* example;  // "fenced", "article"
    std::vector<cloud::TextEdit> edits;
    const char* where;  // "municipality.yaml#Resources.Vpc…": how file#path begins
    // With the edit the finding is there, without it it is not. Absent: the example has it, and
    // `edits` mend it.
    enum class Edits { Break, Mend } edits_do = Edits::Break;
    enum class Patch { None, Mends } patch = Patch::None;
};

inline std::string place_of(const Found& found) {
    return found.where.file + "#" + found.where.path;
}

inline std::vector<Found> of_id(const std::vector<Found>& all, std::string_view id) {
    std::vector<Found> out;
    std::copy_if(all.begin(), all.end(), std::back_inserter(out), [&](const Found& found) {
        return found.id == id;
    });
    return out;
}

inline std::string all_places(const std::vector<Found>& all) {
    std::string out;
    for (const Found& found : all) {
        out += found.id + " " + place_of(found) + ":" + std::to_string(found.where.line) + " " +
               text(found.what, ::kakehashi::Language::English) + "\n";
    }
    return out;
}

// The example's world with the edits, then with `patch` on top of them.
inline std::shared_ptr<const cloud::World> world_with(
    const std::string& example,
    const std::vector<cloud::TextEdit>& edits,
    const std::vector<LineEdit>& patch = {}
) {
    std::map<std::string, std::string> texts;
    for (const char* file : {"kakehashi.toml", "operator.yaml", "municipality.yaml"}) {
        texts[file] = cloud::read_example(example + "/" + file);
    }
    for (const auto& [file, from, to] : edits) {
        EXPECT_NE(texts[file].find(from), std::string::npos) << from;
        texts[file] = replaced(texts[file], from, to);
    }
    std::map<std::string, std::vector<LineEdit>> by_file;
    for (const LineEdit& edit : patch) {
        by_file[edit.file].push_back(edit);
    }
    for (const auto& [file, file_edits] : by_file) {
        texts[file] = apply_edits(texts[file], file_edits);
    }
    auto configuration = config::read_configuration(texts["kakehashi.toml"], "kakehashi.toml");
    if (!configuration) {
        ADD_FAILURE() << cloud::all_texts(configuration.error());
        return nullptr;
    }
    auto world = cloud::build_world(*std::move(configuration), texts);
    if (!world) {
        ADD_FAILURE() << cloud::all_texts(world.error());
        return nullptr;
    }
    return *std::move(world);
}

template <class Look>  // std::vector<Found>(const cloud::World&)
void expect_finding(const FindingRow& row, const Look& look) {
    const bool breaks = row.edits_do == FindingRow::Edits::Break;
    const std::vector<cloud::TextEdit> none;
    const auto broken = world_with(row.example, breaks ? row.edits : none);
    const auto mended = world_with(row.example, breaks ? none : row.edits);
    ASSERT_TRUE(broken && mended) << row.id;
    const auto all = look(*broken);
    const auto is_the_one = [&](const Found& found) {
        return found.id == row.id && place_of(found).starts_with(row.where);
    };
    const auto found = std::find_if(all.begin(), all.end(), is_the_one);
    ASSERT_NE(found, all.end()) << row.id << " at " << row.where << " among\n" << all_places(all);
    EXPECT_TRUE(found->where.path.empty() || found->where.line != 0) << place_of(*found);
    for (const ::kakehashi::Language language :
         {::kakehashi::Language::English, ::kakehashi::Language::Japanese}) {
        EXPECT_TRUE(has_text(found->what.id)) << found->what.id.name();
        EXPECT_THAT(
            text(found->what, language), testing::Not(testing::ContainsRegex("\\{[a-z_]+\\}"))
        );
    }
    const auto rest = look(*mended);
    EXPECT_TRUE(std::none_of(rest.begin(), rest.end(), is_the_one))
        << row.id << " is still there:\n"
        << all_places(of_id(rest, row.id));
    ASSERT_EQ(!found->patch.empty(), row.patch == FindingRow::Patch::Mends) << row.id;
    if (found->patch.empty()) return;
    const auto patched = world_with(row.example, breaks ? row.edits : none, found->patch);
    ASSERT_TRUE(patched) << row.id;
    const auto after = look(*patched);
    EXPECT_TRUE(std::none_of(after.begin(), after.end(), [&](const Found& one) {
        return is_the_one(one) && one.where.line == found->where.line &&
               one.what.fields == found->what.fields;
    })) << all_places(after);
    EXPECT_LT(of_id(after, row.id).size(), of_id(all, row.id).size());
}

}  // namespace kakehashi::check
