#include "cloud/change.h"

#include "cloud/detail/document_change.h"
#include "cloud/example_world.h"

#include <gtest/gtest.h>

namespace kakehashi::cloud {
namespace {

using Operation = Change::Operation;

TEST(DocumentChange, SetsAppendsAndRemoves) {
    struct Row {
        Operation operation;
        const char *path, *value, *after;
    };
    const char* before = R"({"a":{"b":[1,2]},"c":"x"})";
    for (const auto& [operation, path, value, after] :
         {Row{Operation::Set, "c", "3", R"({"a":{"b":[1,2]},"c":3})"},
          Row{Operation::Set, "a.b[1]", "3", R"({"a":{"b":[1,3]},"c":"x"})"},
          Row{Operation::Set, "d.e", "3", R"({"a":{"b":[1,2]},"c":"x","d":{"e":3}})"},
          Row{Operation::Append, "a.b", "3", R"({"a":{"b":[1,2,3]},"c":"x"})"},
          Row{Operation::Append, "c", "3", R"({"a":{"b":[1,2]},"c":["x",3]})"},
          Row{Operation::Append, "d", "3", R"({"a":{"b":[1,2]},"c":"x","d":[3]})"},
          Row{Operation::Remove, "a.b[0]", "null", R"({"a":{"b":[2]},"c":"x"})"},
          Row{Operation::Remove, "c", "null", R"({"a":{"b":[1,2]}})"}}) {
        json::value document = *json::parse(before);
        ASSERT_TRUE(make_change(document, operation, path, *json::parse(value))) << path;
        EXPECT_EQ(document, *json::parse(after)) << json::serialize(document);
    }
}

TEST(DocumentChange, RefusesPlacesThatAreNotThere) {
    for (const auto& [operation, path] :
         {std::pair{Operation::Set, "a.b[2]"},
          std::pair{Operation::Set, "c.d"},
          std::pair{Operation::Set, ""},
          std::pair{Operation::Remove, "d"},
          std::pair{Operation::Remove, "a.b[2]"},
          std::pair{Operation::Append, "a[0]"}}) {
        json::value document = *json::parse(R"({"a":{"b":[1,2]},"c":"x"})");
        EXPECT_FALSE(make_change(document, operation, path, 1)) << path;
    }
}

TEST(DocumentChange, FindsBothBranchesOfAChoice) {
    const json::value source =
        *json::parse(R"({"R":{"P":{"Fn::If":["C",{"A":[1]},{"A":[2],"B":3}]},"Q":{"Fn::Sub":"x"}}})"
        );
    EXPECT_EQ(
        source_paths(source, "R.P.A[0]"),
        (std::vector<std::string>{"R.P.Fn::If[1].A[0]", "R.P.Fn::If[2].A[0]"})
    );
    EXPECT_EQ(source_paths(source, "R.X"), std::vector<std::string>{"R.X"});
    EXPECT_TRUE(source_paths(source, "R.X.Y").empty());
    EXPECT_TRUE(source_paths(source, "R.P.A[1]").empty());
}

// A world that is built again from its documents as JSON is the same world.
TEST(WithChanges, BuildsTheSameWorldAgain) {
    for (const char* example : {"fenced", "article"}) {
        auto world = example_world(example);
        ASSERT_TRUE(world) << all_texts(world.error());
        std::vector<Change> nothing;
        for (const char* file : {"operator.yaml", "municipality.yaml"}) {
            nothing.push_back({Change::Of::File, Operation::Set, file, "Description", "again"});
        }
        auto again = with_changes(**world, nothing);
        ASSERT_TRUE(again) << all_texts(again.error());
        ASSERT_EQ((*again)->roles().size(), (*world)->roles().size());
        for (std::size_t i = 0; i < (*world)->roles().size(); ++i) {
            const Role &was = (*world)->roles()[i], &is = (*again)->roles()[i];
            EXPECT_EQ(is.arn, was.arn);
            EXPECT_EQ(is.unique_id, was.unique_id);
            EXPECT_EQ(is.trust.document(), was.trust.document());
            ASSERT_EQ(is.identity.size(), was.identity.size());
            for (std::size_t n = 0; n < was.identity.size(); ++n) {
                EXPECT_EQ(is.identity[n].document(), was.identity[n].document());
            }
        }
        ASSERT_EQ((*again)->endpoints().size(), (*world)->endpoints().size());
        for (std::size_t i = 0; i < (*world)->endpoints().size(); ++i) {
            EXPECT_EQ((*again)->endpoints()[i].id, (*world)->endpoints()[i].id);
        }
    }
}

TEST(WithChanges, ChangesTemplatesTheConfigurationAndPolicyFiles) {
    const std::string scp =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"a:B","Resource":"*"}]})";
    auto world = example_world(
        "fenced",
        {{"kakehashi.toml",
          "\n[twin.operator]",
          "\n[twin.organization]\n[[twin.organization.policy]]\ntype = \"SCP\"\nfile = "
          "\"scp.json\"\ntargets = [\"operator\"]\n[twin.operator]"}},
        {{"scp.json", scp}}
    );
    ASSERT_TRUE(world) << all_texts(world.error());
    auto again = with_changes(
        **world,
        {{Change::Of::File,
          Operation::Set,
          "operator.yaml",
          "Resources.OperatorRole.Properties.MaxSessionDuration",
          7200},
         {Change::Of::File, Operation::Set, "kakehashi.toml", "twin.operator.country", "US"},
         {Change::Of::File,
          Operation::Append,
          "kakehashi.toml",
          "bedrock.allowed_regions",
          "us-east-1"},
         {Change::Of::File, Operation::Set, "scp.json", "Statement[0].Action", "c:D"},
         {Change::Of::Request, Operation::Set, "", "ExternalId", "x"}}
    );
    ASSERT_TRUE(again) << all_texts(again.error());
    const World& changed = **again;
    EXPECT_EQ(
        changed.role("222222222222", "kakehashi-operator-sample-city")->session_max.count(), 7200
    );
    EXPECT_EQ(changed.account_named("operator")->state.country, "US");
    EXPECT_EQ(changed.configuration().bedrock.allowed_regions.size(), 3U);
    EXPECT_NE(changed.policy_texts().at("scp.json").find("c:D"), std::string::npos);
}

TEST(WithChanges, SaysWhatCannotBeChanged) {
    auto world = example_world("fenced");
    ASSERT_TRUE(world);
    const Change rows[] = {
        {Change::Of::File, Operation::Set, "nowhere.yaml", "a", 1},
        {Change::Of::File, Operation::Remove, "operator.yaml", "Resources.Nothing"},
        {Change::Of::File, Operation::Remove, "kakehashi.toml", "twin.nothing"},
        {Change::Of::File, Operation::Set, "kakehashi.toml", "twin.operator.country", 3},
        {Change::Of::File,
         Operation::Set,
         "operator.yaml",
         "Resources.X",
         json::object{{"Type", "AWS::No::Such"}}}};
    for (const Change& row : rows) {
        const auto again = with_changes(**world, {row});
        ASSERT_FALSE(again) << row.path;
        EXPECT_FALSE(all_texts(again.error()).empty());
    }
}

}  // namespace
}  // namespace kakehashi::cloud
