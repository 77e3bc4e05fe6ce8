#include "iam/detail/principal.h"

#include <gtest/gtest.h>

namespace kakehashi::iam::detail {
namespace {

constexpr const char* kSession = "arn:aws:sts::111111111111:assumed-role/app/i-0abc";

PrincipalList listed(const std::vector<std::string>& texts) {
    PrincipalList list;
    for (const std::string& text : texts)
        EXPECT_TRUE(add_aws_principal(text, list)) << text;
    return list;
}

TEST(Principal, GrantsByHowCloselyItNames) {
    struct Row {
        const char* caller;
        const char* listed;
        Grant grant;
    };
    const char* role = "arn:aws:iam::111111111111:role/app";
    const char* user = "arn:aws:iam::111111111111:user/x/bob";
    const char* federated = "arn:aws:sts::111111111111:federated-user/bob";
    const Row rows[] = {
        {kSession, "*", Grant::Principal},
        {kSession, kSession, Grant::Principal},
        {kSession, "arn:aws:sts::111111111111:assumed-role/app/other", Grant::None},
        {kSession, role, Grant::Role},
        {kSession, "arn:aws:iam::111111111111:role/path/app", Grant::Role},
        {kSession, "arn:aws:iam::111111111111:role/apps", Grant::None},
        {kSession, "arn:aws:iam::222222222222:role/app", Grant::None},
        {kSession, "arn:aws-cn:iam::111111111111:role/app", Grant::None},
        {kSession, "arn:aws:iam::111111111111:user/app", Grant::None},
        {kSession, "111111111111", Grant::Account},
        {kSession, "arn:aws:iam::111111111111:root", Grant::Account},
        {kSession, "222222222222", Grant::None},
        {kSession, "AROAEXAMPLEEXAMPLE123", Grant::None},
        {role, role, Grant::Role},
        {user, user, Grant::Principal},
        {user, "111111111111", Grant::Account},
        {federated, user, Grant::Role},
        {federated, federated, Grant::Principal},
        {"arn:aws:iam::111111111111:root", "111111111111", Grant::Account},
        {"ec2.amazonaws.com", "*", Grant::Principal},
        {"ec2.amazonaws.com", "111111111111", Grant::None},
    };
    for (const auto& [who, text, grant] : rows) {
        EXPECT_EQ(listed({text}).grant(caller_of(who, {})), grant) << who << " " << text;
    }
}

TEST(Principal, BelievesPrincipalArnAboutTheRolesPath) {
    Context context;
    context.set("aws:PrincipalArn", "arn:aws:iam::111111111111:role/path/app");
    const Caller caller = caller_of(kSession, context);
    EXPECT_EQ(listed({"arn:aws:iam::111111111111:role/path/app"}).grant(caller), Grant::Role);
    EXPECT_EQ(listed({"arn:aws:iam::111111111111:role/app"}).grant(caller), Grant::None);
}

TEST(Principal, KeepsServicesApart) {
    PrincipalList list;
    list.others = {"ec2.amazonaws.com"};
    EXPECT_EQ(list.grant(caller_of("ec2.amazonaws.com", {})), Grant::Principal);
    EXPECT_EQ(list.grant(caller_of("ecs.amazonaws.com", {})), Grant::None);
    EXPECT_EQ(list.grant(caller_of(kSession, {})), Grant::None);
}

TEST(Principal, ExemptsOnlyWhenAccountRoleAndSessionAreListed) {
    const char* role = "arn:aws:iam::111111111111:role/app";
    const Caller caller = caller_of(kSession, {});
    EXPECT_TRUE(listed({"111111111111", role, kSession}).exempts(caller));
    EXPECT_FALSE(listed({role, kSession}).exempts(caller));
    EXPECT_FALSE(listed({"111111111111", kSession}).exempts(caller));
    EXPECT_FALSE(listed({"111111111111", role}).exempts(caller));
    EXPECT_TRUE(listed({"*"}).exempts(caller));
    const char* user = "arn:aws:iam::111111111111:user/bob";
    EXPECT_TRUE(listed({"111111111111", user}).exempts(caller_of(user, {})));
    EXPECT_FALSE(listed({"111111111111"}).exempts(caller_of(user, {})));
    EXPECT_TRUE(listed({"111111111111"}).exempts(caller_of("arn:aws:iam::111111111111:root", {})));
}

TEST(Principal, RefusesWhatNamesNobody) {
    for (const char* text :
         {"",
          "11111111111",
          "1111111111111",
          "arn:aws:iam::111111111111:role/*",
          "arn:aws:iam::111111111111:role/",
          "arn:aws:iam::*:root",
          "arn:aws:iam::1:root",
          "arn:aws:s3:::bucket",
          "arn:aws:iam::111111111111:group/x",
          "app",
          "**",
          "arn:aws:iam:us-east-1:111111111111:role/app"}) {
        PrincipalList list;
        EXPECT_FALSE(add_aws_principal(text, list)) << text;
    }
}

}  // namespace
}  // namespace kakehashi::iam::detail
