#include "cloud/package_access.h"

#include "cloud/example_world.h"

#include <gtest/gtest.h>

namespace kakehashi::cloud {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint kNow{1'795'509'217s};
constexpr const char* kCity = "111111111111";

std::shared_ptr<const World> article(const std::vector<TextEdit>& edits = {}) {
    auto world = example_world("article", edits);
    if (world) return *std::move(world);
    ADD_FAILURE() << all_texts(world.error());
    return nullptr;
}

TextEdit city(std::string from, std::string to) {
    return {"municipality.yaml", std::move(from), std::move(to)};
}

// "allowed", or what the refusal names.
std::string judged(
    const World& world,
    const Session& session,
    std::string_view service,
    std::vector<Leg> legs
) {
    const auto place = find_place(world, "sample-city");
    if (!place) return "no place";
    RequestFacts facts{reach(world, *place, service), kNow};
    const Authorization decided = authorize(world, session, facts, std::move(legs));
    if (decided.allowed()) return "allowed";
    return decided.legs[decided.named->leg].leg.action + " " + iam::name(decided.named->type) +
           (decided.named->explicit_deny ? " deny" : "");
}

Session instance_of(const World& world) {
    const auto place = find_place(world, "sample-city");
    return *instance_session(world, *place->instance, kNow);
}

std::string token(const World& world, const Session& session) {
    return judged(
        world,
        session,
        "codeartifact.api",
        authorization_token_legs(world, {kCity, "municipality"}, 12h)
    );
}

std::string read(const World& world, const Session& session) {
    return judged(
        world,
        session,
        "codeartifact.repositories",
        repository_legs(
            world, RepositoryAction::ReadFromRepository, {kCity, "municipality"}, "python"
        )
    );
}

const std::string kManaged = "        - arn:aws:iam::aws:policy/AWSCodeArtifactReadOnlyAccess\n";
const std::string kDomain = "      DomainName: municipality\n";
const std::string kRepository = "      RepositoryName: python\n";

std::string policy(const std::string& statement) {
    return "      PermissionsPolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n"
           "          - " +
           statement + "\n";
}

TEST(PackageAccess, NeedsTheTokenAndTheBearerTokenBehindIt) {
    struct Row {
        const char* note;
        std::vector<TextEdit> edits;
        const char* token;
        const char* read;
    };
    const Row rows[] = {
        {"as the article has it", {}, "allowed", "allowed"},
        {"no rights at all",
         {city(kManaged, "")},
         "codeartifact:GetAuthorizationToken identity",
         "codeartifact:ReadFromRepository identity"},
        {"the domain's own policy is enough in one account",
         {city(kManaged, ""),
          city(
              kDomain,
              kDomain + policy("{Effect: Allow, Principal: {AWS: "
                               "\"arn:aws:iam::111111111111:role/bedrock-caller\"}, Action: "
                               "\"codeartifact:GetAuthorizationToken\", Resource: \"*\"}")
          )},
         "sts:GetServiceBearerToken identity",
         "codeartifact:ReadFromRepository identity"},
        {"a repository's policy denies",
         {city(
             kRepository,
             kRepository + policy("{Effect: Deny, Principal: \"*\", Action: "
                                  "\"codeartifact:ReadFromRepository\", Resource: \"*\"}")
         )},
         "allowed",
         "codeartifact:ReadFromRepository resource deny"},
    };
    for (const auto& [note, edits, wanted_token, wanted_read] : rows) {
        const auto world = article(edits);
        ASSERT_TRUE(world) << note;
        EXPECT_EQ(token(*world, instance_of(*world)), wanted_token) << note;
        EXPECT_EQ(read(*world, instance_of(*world)), wanted_read) << note;
    }
}

TEST(PackageAccess, AsksTheEndpointThatIsUsed) {
    const std::string at = "      ServiceName: !Sub com.amazonaws.${AWS::Region}.codeartifact.";
    const std::string closed =
        "\n      PolicyDocument: {Statement: [{Effect: Allow, Principal: \"*\", Action: "
        "\"codeartifact:ListPackages\", Resource: \"*\"}]}";
    const auto api = article({city(at + "api", at + "api" + closed)});
    EXPECT_EQ(token(*api, instance_of(*api)), "codeartifact:GetAuthorizationToken vpce");
    EXPECT_EQ(read(*api, instance_of(*api)), "allowed");
    const auto packages = article({city(at + "repositories", at + "repositories" + closed)});
    EXPECT_EQ(token(*packages, instance_of(*packages)), "allowed");
    EXPECT_EQ(read(*packages, instance_of(*packages)), "codeartifact:ReadFromRepository vpce");
}

TEST(PackageAccess, OtherAccountsNeedTheDomainsPolicy) {
    const std::string role = "arn:aws:iam::222222222222:role/bedrock-operator";
    const std::string rights = "{Effect: Allow, Principal: {AWS: \"" + role +
                               "\"}, Action: \"codeartifact:*\", Resource: \"*\"}";
    const auto operator_of = [&](const World& world) {
        return declared_session(
            world, "arn:aws:sts::222222222222:assumed-role/bedrock-operator/s", kNow
        );
    };
    const TextEdit may{
        "operator.yaml",
        "      ManagedPolicyArns:\n",
        "      ManagedPolicyArns:\n        - "
        "arn:aws:iam::aws:policy/AWSCodeArtifactReadOnlyAccess\n"};
    const auto closed = article({may});
    EXPECT_EQ(token(*closed, operator_of(*closed)), "codeartifact:GetAuthorizationToken resource");
    const auto open = article(
        {may,
         city(kDomain, kDomain + policy(rights)),
         city(kRepository, kRepository + policy(rights))}
    );
    EXPECT_EQ(token(*open, operator_of(*open)), "allowed");
    EXPECT_EQ(read(*open, operator_of(*open)), "allowed");
}

TEST(PackageAccess, BindsTheBearerTokenToTheService) {
    for (const auto& [service, wanted] :
         {std::pair("codeartifact.amazonaws.com", "allowed"),
          std::pair("apigateway.amazonaws.com", "sts:GetServiceBearerToken identity")}) {
        const std::string statement =
            "            Statement:\n"
            "              - {Effect: Allow, Action: \"codeartifact:*\", Resource: \"*\"}\n"
            "              - {Effect: Allow, Action: \"sts:GetServiceBearerToken\", Resource: "
            "\"*\", "
            "Condition: {StringEquals: {\"sts:AWSServiceName\": " +
            std::string(service) + "}}}\n";
        const auto world = article(
            {city(kManaged, ""),
             city(
                 "            Statement:\n              - Sid: Statement1\n",
                 statement + "              - Sid: Statement1\n"
             )}
        );
        EXPECT_EQ(token(*world, instance_of(*world)), wanted);
    }
}

TEST(PackageAccess, FollowsUpstreamsToPypi) {
    struct Row {
        std::vector<TextEdit> edits;
        bool python;
    };
    const std::string upstream = "      Upstreams: [!GetAtt PypiStore.Name]\n";
    const std::string connection = "      ExternalConnections: [public:pypi]\n";
    const Row rows[] = {
        {{}, true},
        {{city(upstream, "")}, false},
        {{city(connection, "      ExternalConnections: [public:npmjs]\n")}, false},
        {{city(connection, "      Upstreams: [python]\n"),
          city(upstream, "      Upstreams: [pypi-store, gone]\n")},
         false},
        {{city(upstream, connection)}, true},
    };
    for (const auto& [edits, python] : rows) {
        const auto world = article(edits);
        const auto* repository = world->codeartifact_repository(kCity, "municipality", "python");
        ASSERT_TRUE(repository);
        EXPECT_EQ(has_pypi(*world, *repository), python);
    }
}

TEST(PackageAccess, LetsNobodyInParticularReadTheMirrorOfAmazonLinux) {
    const auto world = article();
    const Session nobody = anonymous_session();
    EXPECT_EQ(judged(*world, nobody, "s3", public_object_legs(*world, "core/x")), "allowed");
    Reach gateway;
    gateway.outcome = Reach::Outcome::Endpoint;
    Endpoint endpoint{"vpce-1", kCity, "vpc-1", "s3"};
    const auto with = [&](const std::string& statement) {
        endpoint.policy = *iam::parse_policy(
            "{\"Statement\":[" + statement + "]}", "s3", iam::PolicyType::Endpoint
        );
        gateway.endpoint = &endpoint;
        const auto decided =
            authorize(*world, nobody, {gateway, kNow}, public_object_legs(*world, "core/x"));
        return decided.allowed();
    };
    const std::string get = R"("Effect":"Allow","Action":"s3:GetObject")";
    const std::string bucket =
        "\"Resource\":\"arn:aws:s3:::al2023-repos-ap-northeast-1-de612dc2/*\"";
    EXPECT_TRUE(with("{" + get + R"(,"Principal":"*",)" + bucket + "}"));
    EXPECT_FALSE(with("{" + get + R"(,"Principal":{"AWS":"111111111111"},)" + bucket + "}"));
    EXPECT_FALSE(with("{" + get + R"(,"Principal":"*","Resource":"arn:aws:s3:::other/*"})"));
    EXPECT_FALSE(with(
        "{" + get + R"(,"Principal":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"*"}},)" +
        bucket + "}"
    ));
}

}  // namespace
}  // namespace kakehashi::cloud
