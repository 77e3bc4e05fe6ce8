#include "config/configuration.h"

#include <gtest/gtest.h>

namespace kakehashi::config {
namespace {

using Operation = KeyChange::Operation;

constexpr const char* kText = R"([operator]
account = "222222222222"
template = "operator.yaml"
[[municipality]]
name = "a"
account = "111111111111"
external_id = "one"
[[check.suppress]]
id = "x"
reason = "r"
until = 2027-03-31
)";

Configuration read() {
    return *read_configuration(kText, "kakehashi.toml");
}

TEST(ConfigurationChanges, AreReadAgain) {
    const auto changed = with_changes(
        read(),
        {{Operation::Set, "municipality[0].external_id", "two"},
         {Operation::Append, "operator.template", "more.yaml"},
         {Operation::Set, "twin.municipality.a.country", "US"},
         {Operation::Set, "twin.operator.subscriptions", json::array{"m"}},
         {Operation::Append, "twin.operator.subscriptions", "n"},
         {Operation::Set, "twin.clock_runs", false},
         {Operation::Set, "twin.seed", 7}}
    );
    ASSERT_TRUE(changed) << text(changed.error().front(), Language::English);
    EXPECT_EQ(changed->municipalities[0].external_id, "two");
    EXPECT_EQ(
        changed->operator_account.templates,
        (std::vector<std::string>{"operator.yaml", "more.yaml"})
    );
    EXPECT_EQ(changed->twin.municipality_accounts.at("a").country, "US");
    EXPECT_EQ(changed->twin.operator_account.subscriptions->size(), 2U);
    EXPECT_FALSE(changed->twin.clock_runs);
    EXPECT_EQ(changed->twin.seed, 7U);
    EXPECT_EQ(changed->suppressions.size(), 1U);  // its date is still one
}

TEST(ConfigurationChanges, KeepWhatRenderFilledIn) {
    Configuration rendered = read();
    rendered.municipalities[0].templates = {"municipality.yaml"};
    rendered.municipalities[0].role_arn = "arn:aws:iam::222222222222:role/r";
    const auto changed =
        with_changes(rendered, {{Operation::Remove, "municipality[0].external_id"}});
    ASSERT_TRUE(changed);
    EXPECT_FALSE(changed->municipalities[0].external_id);
    EXPECT_EQ(changed->municipalities[0].templates.size(), 1U);
    EXPECT_EQ(changed->municipalities[0].role_arn, rendered.municipalities[0].role_arn);
}

TEST(ConfigurationChanges, RefuseWhatCannotBeMade) {
    for (const KeyChange& row :
         {KeyChange{Operation::Remove, "twin.nothing"},
          KeyChange{Operation::Set, "municipality[1].external_id", "two"},
          KeyChange{Operation::Set, "operator.account.x", "two"},
          KeyChange{Operation::Set, "", "two"},
          KeyChange{Operation::Set, "operator.account", 3},
          KeyChange{Operation::Set, "operator.nothing", "two"}}) {
        EXPECT_FALSE(with_changes(read(), {row})) << row.path;
    }
    Configuration made;
    EXPECT_FALSE(with_changes(made, {{Operation::Set, "operator.account", "222222222222"}}));
}

}  // namespace
}  // namespace kakehashi::config
