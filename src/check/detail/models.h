#pragma once

#include <array>
#include <string_view>

// What makes a model run. Source: AWS Service Authorization Reference, Amazon Bedrock; the actions
// of bedrock-mantle are those of AmazonBedrockLimitedAccess v9.
namespace kakehashi::check {

inline constexpr std::array<std::string_view, 2> kInvokeActions = {
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithResponseStream",
};
inline constexpr std::array<std::string_view, 9> kModelActions = {
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithResponseStream",
    "bedrock:CreateModelInvocationJob",
    "bedrock:InvokeAgent",
    "bedrock:InvokeInlineAgent",
    "bedrock:InvokeFlow",
    "bedrock:StartFlowExecution",
    "bedrock:RetrieveAndGenerate",
    "bedrock-mantle:CreateInference",
};

}  // namespace kakehashi::check
