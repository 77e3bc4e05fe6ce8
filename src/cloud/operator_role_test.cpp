#include "cloud/operator_role.h"

#include "cloud/example_world.h"

#include <gtest/gtest.h>

namespace kakehashi::cloud {
namespace {

constexpr const char* kRole = "arn:aws:iam::222222222222:role/kakehashi-operator-sample-city";
constexpr const char* kSid = "          - Sid: CallerOfOneMunicipality\n";
constexpr const char* kTest = "sts:ExternalId: !Ref ExternalId\n";

TextEdit trust(const std::string& from, const std::string& to) {
    return {"operator.yaml", from, to};
}

// What a configuration says decides (who, the ExternalId, the session's name); what only the
// request knows hides no role.
TEST(OperatorRole, IsJudgedByWhatTheConfigurationSays) {
    const std::string known = kTest;
    const std::string more = "                ";
    const std::string deny =
        "          - Effect: Deny\n"
        "            Principal: '*'\n"
        "            Action: sts:AssumeRole\n"
        "            Condition: { StringNotEquals: { KEY: vpce-0a } }\n";
    struct Row {
        TextEdit edit;
        bool found;
    };
    const Row rows[] = {
        {trust(known, known), true},
        {trust(known, known + more + "aws:SourceVpce: vpce-0a\n"), true},
        {trust(known, known + more + "AWS:sourcevpc: vpc-0a\n"), true},
        {trust(known, known + more + "aws:PrincipalOrgID: o-abcdefghij\n"), true},
        {trust(known, "aws:SourceVpce: vpce-0a\n"), true},
        {trust(kSid, replaced(deny, "KEY", "aws:SourceVpce") + kSid), true},
        {trust(kSid, replaced(deny, "KEY", "sts:ExternalId") + kSid), false},
        {trust(known, "sts:ExternalId: other\n" + more + "aws:SourceVpce: vpce-0a\n"), false},
        {trust("RoleSessionName: kakehashi-*", "RoleSessionName: other-*"), false},
        {trust("role/kakehashi-caller", "role/another"), false},
    };
    for (const auto& [edit, found] : rows) {
        const auto world = example_world("fenced", {edit});
        ASSERT_TRUE(world) << edit.to << "\n" << all_texts(world.error());
        const auto& municipality = (*world)->configuration().municipalities.front();
        const auto role = operator_role_of(**world, municipality);
        EXPECT_EQ(role.has_value(), found) << edit.to;
        EXPECT_EQ(role ? *role : kRole, kRole) << edit.to;
    }
}

TEST(OperatorRole, IsTheConfigurationsWhereThatNamesOne) {
    const auto world = example_world("fenced");
    ASSERT_TRUE(world);
    config::Municipality municipality = (*world)->configuration().municipalities.front();
    municipality.role_arn = "arn:aws:iam::222222222222:role/named";
    const auto role = operator_role_of(**world, municipality);
    ASSERT_TRUE(role);
    EXPECT_EQ(*role, *municipality.role_arn);
}

}  // namespace
}  // namespace kakehashi::cloud
