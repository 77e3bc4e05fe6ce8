#include "cloud/model_access.h"

#include "cloud/example_world.h"

#include <gtest/gtest.h>

namespace kakehashi::cloud {
namespace {

constexpr const char* kOperator = "222222222222";

TEST(ModelAccess, ResolvesWhatAModelIdMeans) {
    auto world = example_world("fenced");
    ASSERT_TRUE(world) << all_texts(world.error());
    const std::string jp = "jp.anthropic.claude-haiku-4-5-20251001-v1:0";
    for (const std::string& id :
         {jp, "arn:aws:bedrock:ap-northeast-1:222222222222:inference-profile/" + jp}) {
        const auto found = resolve_invocation(**world, kOperator, id);
        ASSERT_TRUE(found) << id;
        EXPECT_EQ(
            found->destinations, (std::vector<std::string>{"ap-northeast-1", "ap-northeast-3"})
        );
        EXPECT_FALSE(found->global);
        EXPECT_EQ(
            found->profile_arn,
            "arn:aws:bedrock:ap-northeast-1:222222222222:inference-profile/" + jp
        );
    }
    const auto global =
        resolve_invocation(**world, kOperator, "global.anthropic.claude-haiku-4-5-20251001-v1:0");
    ASSERT_TRUE(global);
    EXPECT_TRUE(global->global);
}

TEST(ModelAccess, RefusesWhatAwsRefuses) {
    auto world = example_world("fenced");
    ASSERT_TRUE(world);
    struct Row {
        const char* id;
        const char* begins;
        const char* finding;
    };
    const Row rows[] = {
        {"anthropic.claude-haiku-4-5-20251001-v1:0",
         "Invocation of model ID anthropic.claude-haiku-4-5-20251001-v1:0 with on-demand "
         "throughput "
         "isn’t supported.",
         "profile-unknown"},
        {"jp.anthropic.no-such-model-v1:0",
         "The provided model identifier is invalid.",
         "profile-unknown"},
        {"us.anthropic.claude-haiku-4-5-20251001-v1:0",
         "The provided model identifier is invalid.",
         "wrong-source-region"},
        {"arn:aws:bedrock:us-east-1:222222222222:inference-profile/"
         "jp.anthropic.claude-haiku-4-5-20251001-v1:0",
         "The provided model identifier is invalid.",
         "wrong-source-region"},
        {"no model at all",
         "1 validation error detected: Value 'no model at all' at 'modelId'",
         "profile-unknown"},
    };
    for (const auto& [id, begins, finding] : rows) {
        const auto found = resolve_invocation(**world, kOperator, id);
        ASSERT_FALSE(found) << id;
        EXPECT_EQ(found.error().rejection.status, 400) << id;
        EXPECT_EQ(found.error().rejection.code, "ValidationException") << id;
        EXPECT_TRUE(found.error().rejection.message.starts_with(begins))
            << found.error().rejection.message;
        EXPECT_EQ(found.error().finding, finding) << id;
    }
}

TEST(ModelAccess, ClosesItsGatesByTheAccountsState) {
    auto world = example_world("fenced");
    ASSERT_TRUE(world);
    const auto* model = (*world)->catalog().model("anthropic.claude-haiku-4-5-20251001-v1:0");
    ASSERT_NE(model, nullptr);
    Account account = *(*world)->account(kOperator);
    EXPECT_FALSE(country_gate(account, *model));
    EXPECT_FALSE(form_gate(**world, account, *model));
    account.state.use_case_form = config::UseCaseForm::Missing;
    ASSERT_TRUE(form_gate(**world, account, *model));
    EXPECT_EQ(form_gate(**world, account, *model)->rejection.status, 404);
    account.state.use_case_form = config::UseCaseForm::Pending;
    EXPECT_TRUE(form_gate(**world, account, *model));
    account.state.country = "KP";
    EXPECT_TRUE(country_gate(account, *model));
    EXPECT_TRUE(initial_subscriptions(**world, account).contains(model->id));
}

}  // namespace
}  // namespace kakehashi::cloud
