#include "design/render.h"

#include "base/arn.h"
#include "base/text.h"
#include "cloud/authorization.h"
#include "cloud/model_access.h"
#include "cloud/world.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

// What `render` writes, byte by byte (*.golden), and what must hold for every configuration (P43).
namespace kakehashi::design {
namespace {

constexpr std::string_view kRule = "-----";

std::string all_texts(const Problems& problems) {
    std::string out;
    for (const Problem& problem : problems) {
        out += text(problem, Language::English) + "\n";
    }
    return out;
}

Pair rendered(const std::string& toml) {
    auto configuration = config::read_configuration(toml, "kakehashi.toml");
    EXPECT_TRUE(configuration) << (configuration ? "" : all_texts(configuration.error())) << toml;
    if (!configuration) return {};
    auto pair = render(*configuration);
    EXPECT_TRUE(pair) << (pair ? "" : all_texts(pair.error())) << toml;
    return pair ? *std::move(pair) : Pair{};
}

std::vector<TemplateFile> files_of(const Pair& pair) {
    std::vector<TemplateFile> out;
    for (const auto* list :
         {&pair.organization_templates, &pair.operator_templates, &pair.municipality_templates}) {
        out.insert(out.end(), list->begin(), list->end());
    }
    return out;
}

std::shared_ptr<const cloud::World> world_of(const Pair& pair) {
    std::map<std::string, std::string> texts;
    for (const TemplateFile& file : files_of(pair)) {
        texts[file.name] = file.text;
    }
    auto world = cloud::build_world(pair.configuration, texts);
    EXPECT_TRUE(world) << (world ? "" : all_texts(world.error()));
    return world ? *std::move(world) : nullptr;
}

// --- golden files: toml, "-----", and each template behind a "----- NAME" ---

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string golden_text(const std::string& toml, const Pair& pair) {
    std::string out = toml + std::string(kRule) + "\n";
    for (const TemplateFile& file : files_of(pair)) {
        out.append(kRule).append(" ").append(file.name).append("\n").append(file.text);
    }
    return out;
}

// KAKEHASHI_UPDATE=1 rewrites the files; a person reads the diff.
TEST(Golden, TemplatesAreThoseThatAPersonHasRead) {
    const bool update = std::getenv("KAKEHASHI_UPDATE") != nullptr;
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(KAKEHASHI_GOLDEN)) {
        if (entry.path().extension() != ".golden") continue;
        SCOPED_TRACE(entry.path().filename().string());
        ++count;
        const std::string expected = read_file(entry.path());
        const auto rule = expected.find("\n" + std::string(kRule) + "\n");
        ASSERT_NE(rule, std::string::npos);
        const std::string toml = expected.substr(0, rule + 1);
        const Pair pair = rendered(toml);
        const std::string found = golden_text(toml, pair);
        if (update) {
            std::ofstream(entry.path()) << found;
        } else {
            EXPECT_EQ(found, expected);
        }
        for (const TemplateFile& file : files_of(pair)) {
            EXPECT_EQ(digest_of(file.text), Digest::Fits) << file.name;
        }
    }
    EXPECT_GE(count, 6U);
}

// --- what holds for every configuration ---

// Requests through the whole crossing, as cloud decides them.
void expect_crossing(const cloud::World& world, const config::Municipality& municipality) {
    constexpr TimePoint kNow{std::chrono::seconds(1'795'509'217)};
    const auto place = cloud::find_place(world, municipality.name);
    ASSERT_TRUE(place) << municipality.name;
    const auto caller = cloud::instance_session(world, *place->instance, kNow);
    ASSERT_TRUE(caller);
    aws::AssumeRoleRequest request;
    request.role_arn = municipality.role_arn.value_or("");
    request.role_session_name =
        replaced(replaced(municipality.session_name, "{host}", "host"), "{user}", "user");
    request.external_id = municipality.external_id;
    const auto sts = cloud::reach(world, *place, "sts");
    const auto runtime = cloud::reach(world, *place, "bedrock-runtime");
    EXPECT_EQ(sts.outcome, cloud::Reach::Outcome::Endpoint) << sts.finding;
    EXPECT_EQ(runtime.outcome, cloud::Reach::Outcome::Endpoint) << runtime.finding;
    const auto assumed = cloud::authorize(
        world, *caller, {sts, kNow}, cloud::assume_role_legs(world, *caller, request)
    );
    EXPECT_TRUE(assumed.allowed());
    const cloud::Role* role = world.role(request.role_arn);
    ASSERT_NE(role, nullptr) << request.role_arn;
    const auto session = cloud::assumed_session(*role, *caller, request, {}, kNow);
    for (const std::string& profile : world.configuration().bedrock.profiles) {
        const auto invocation = cloud::resolve_invocation(world, session.account, profile);
        ASSERT_TRUE(invocation) << profile;
        for (const std::string& region : invocation->destinations) {
            for (const auto kind :
                 {cloud::InvocationKind::Unary, cloud::InvocationKind::Streaming}) {
                auto legs = cloud::invocation_legs(world, session, *invocation, {kind, region});
                const auto answer =
                    cloud::authorize(world, session, {runtime, kNow}, std::move(legs));
                EXPECT_TRUE(answer.allowed()) << profile << " in " << region;
            }
        }
    }
}

bool has_star(const json::value& value) {
    const auto is_star = [](const json::value& one) {
        return one.is_string() && json::view(one.as_string()) == "*";
    };
    if (value.is_array()) {
        return std::any_of(value.as_array().begin(), value.as_array().end(), is_star);
    }
    if (const auto* aws = json::find(value, "AWS")) return has_star(*aws);
    return is_star(value);
}

void expect_no_wildcard_action(const json::value& statement) {
    EXPECT_EQ(json::find(statement, "NotAction"), nullptr) << json::serialize(statement);
    const json::value* actions = json::find(statement, "Action");
    ASSERT_NE(actions, nullptr);
    const std::string text = json::serialize(*actions);
    EXPECT_EQ(text.find('*'), std::string::npos) << text;
    EXPECT_EQ(text.find('?'), std::string::npos) << text;
}

// "*" is bound by the caller's ARN, or reads the public repository of Amazon Linux.
void expect_bound_principal(const json::value& statement) {
    EXPECT_EQ(json::find(statement, "NotPrincipal"), nullptr) << json::serialize(statement);
    const json::value* principal = json::find(statement, "Principal");
    if (!principal || !has_star(*principal)) return;
    const std::string resource = json::serialize(*json::find(statement, "Resource"));
    if (resource.starts_with("\"arn:aws:s3:::al2023-repos-")) return;
    const json::value* condition = json::find(statement, "Condition");
    ASSERT_NE(condition, nullptr) << json::serialize(statement);
    const auto* arn = json::find_object(*condition, "ArnEquals");
    ASSERT_NE(arn, nullptr) << json::serialize(statement);
    const json::value* bound = json::find(*arn, "aws:PrincipalArn");
    ASSERT_NE(bound, nullptr) << json::serialize(statement);
    EXPECT_EQ(json::serialize(*bound).find('*'), std::string::npos);
}

void expect_least_privilege(const iam::Policy& policy) {
    const auto* statements = json::find_array(policy.document(), "Statement");
    ASSERT_NE(statements, nullptr);
    for (const json::value& statement : *statements) {
        if (json::find_string(statement, "Effect") != "Allow") continue;
        expect_no_wildcard_action(statement);
        expect_bound_principal(statement);
    }
}

void expect_least_privilege(const cloud::World& world) {
    for (const cloud::Role& role : world.roles()) {
        expect_least_privilege(role.trust);
        for (const iam::Policy& policy : role.identity) {
            expect_least_privilege(policy);
        }
        EXPECT_LE(role.name.size(), 64U);
    }
    for (const cloud::Endpoint& endpoint : world.endpoints()) {
        ASSERT_TRUE(endpoint.policy) << endpoint.service;
        expect_least_privilege(*endpoint.policy);
    }
    for (const cloud::Instance& instance : world.instances()) {
        EXPECT_FALSE(instance.public_address);
        EXPECT_TRUE(instance.metadata.tokens_required);
        EXPECT_EQ(instance.metadata.hop_limit, 1U);
    }
}

// The limits of aws-facts: white space does not count in IAM's policies, and does in an endpoint's.
void expect_limits(const cloud::World& world, const Pair& pair) {
    for (const TemplateFile& file : files_of(pair)) {
        EXPECT_LE(file.text.size(), 1'000'000U) << file.name;
    }
    for (const auto& account : world.accounts()) {
        for (const auto& stack : account.stacks) {
            EXPECT_LE(stack->resources.size(), 500U);
        }
    }
    for (const cloud::Role& role : world.roles()) {
        EXPECT_LE(json::serialize(role.trust.document()).size(), 2048U);
        for (const iam::Policy& policy : role.identity) {
            EXPECT_LE(json::serialize(policy.document()).size(), 6144U);
        }
    }
}

// One configuration of all that there are, with every switch; the same for the same seed.
class RandomConfiguration {
public:
    explicit RandomConfiguration(std::uint32_t seed) : random_(seed) {}

    std::string toml() {
        osaka_ = chance(5);
        std::string out = "[operator]\naccount = \"222222222222\"\n";
        std::string municipalities;
        const std::size_t count = 1 + below(3);
        for (std::size_t i = 0; i < count; ++i) {
            municipalities += municipality(i);
        }
        return out + options() + municipalities + bedrock();
    }

private:
    std::size_t below(std::size_t limit) { return random_() % limit; }
    bool chance(std::size_t one_in) { return below(one_in) == 0; }
    const char* flag() { return chance(2) ? "true" : "false"; }
    template <class Item, std::size_t N>
    Item pick(const Item (&items)[N]) {
        return items[below(N)];
    }

    std::string options() {
        std::string out = "[operator.options]\n";
        for (const char* name :
             {"invocation_logging",
              "activation_role",
              "count_tokens",
              "list_profiles",
              "organization_scp",
              "source_vpce"}) {
            out.append(name).append(" = ").append(flag()).append("\n");
        }
        return out;
    }

    std::string bedrock() {
        constexpr const char* kProfiles[] = {
            "jp.anthropic.claude-haiku-4-5-20251001-v1:0",
            "jp.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "jp.anthropic.claude-sonnet-4-6",
            "jp.amazon.nova-2-lite-v1:0"};
        std::string out = std::string("[bedrock]\nsource_region = \"") +
                          (osaka_ ? "ap-northeast-3" : "ap-northeast-1") + "\"\nprofiles = [";
        for (std::size_t i = 0, count = 1 + below(3); i < count; ++i) {
            out.append("\"").append(pick(kProfiles)).append("\", ");
        }
        if (!chance(4)) return out + "]\n";
        const std::string arn = std::string("arn:aws:bedrock:") +
                                (osaka_ ? "ap-northeast-3" : "ap-northeast-1") +
                                ":222222222222:application-inference-profile/a1b2c3d4e5f6";
        return out + "\"" + arn + "\"]\napplication_profiles = { \"" + arn + "\" = \"" +
               pick(kProfiles) + "\" }\n";
    }

    std::string vpc(std::size_t index) {
        constexpr const char* kExisting[] = {
            "subnets = [\"subnet-Na\", \"subnet-Nb\"]",
            "endpoint_subnets = [\"subnet-Nc\"]",
            "subnets = [\"subnet-Na\"], endpoint_subnets = [\"subnet-Nc\", \"subnet-Nd\"], "
            "dns_support = true, dns_hostnames = true"};
        constexpr const char* kCidrs[] = {"10.20.0.0/16", "192.168.4.0/22", "172.16.9.0/26"};
        constexpr const char* kZones[] = {"\"a\"", "\"a\", \"c\"", "\"c\", \"a\""};
        if (chance(3)) {
            const std::string text = std::string("{ id = \"vpc-N\", ") + pick(kExisting) +
                                     (chance(2) ? ", cidr = \"10.30.0.0/20\"" : "") +
                                     ", route_tables = [\"rtb-0a\"] }";
            return replaced(text, "-N", "-" + std::to_string(index));
        }
        return std::string("{ cidr = \"") + pick(kCidrs) + "\", zones = [" + pick(kZones) + "] }";
    }

    std::string municipality(std::size_t index) {
        constexpr const char* kNames[] = {
            "sample-city",
            "a",
            "Town_7",
            "town-of-a-very-long-name-that-no-role-could-ever-bear-1"};
        constexpr const char* kRoles[] = {"kakehashi-caller", "caller", "123", "A=b,c.d@e+f_g"};
        constexpr const char* kSessions[] = {
            "kakehashi-{host}", "{user}@{host}", "{host}", "fixed"};
        constexpr const char* kIds[] = {
            "f3b60f3a1c7e4c0d9a52d8e17b4496ce",
            "Zm9vYmFyYmF6cXV4IQ12:@=,._-xyz",
            "0d7c4f5a-77f5-4d4e-9a5e-bd1f3c2f9a10"};
        constexpr const char* kKinds[] = {"ec2", "ecs", "lambda"};
        const std::string kind = pick(kKinds);
        const bool ec2 = kind == "ec2";
        return std::string("[[municipality]]\nname = \"") + pick(kNames) + std::to_string(index) +
               "\"\naccount = \"11111111111" + std::to_string(index) + "\"\nexternal_id = \"" +
               pick(kIds) + "\"\nsession_name = \"" + pick(kSessions) + "\"\nvpc = " + vpc(index) +
               "\ncaller = { role = \"" + pick(kRoles) + "\", kind = \"" + kind +
               "\", instance = " + (ec2 ? flag() : "false") +
               " }\nbootstrap = { python = " + (osaka_ ? "false" : flag()) +
               ", session_manager = " + (ec2 ? flag() : "false") + " }\n";
    }

    std::mt19937 random_;  // of the standard: the same numbers everywhere
    bool osaka_ = false;
};

TEST(P43RenderingIsStable, ForEveryConfiguration) {
    const std::uint32_t count = std::getenv("KAKEHASHI_FULL") ? 1000 : 60;
    for (std::uint32_t seed = 0; seed < count; ++seed) {
        const std::string toml = RandomConfiguration(seed).toml();
        SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + toml);
        const Pair pair = rendered(toml);
        ASSERT_FALSE(HasFailure());
        const auto again = files_of(rendered(toml));
        const auto files = files_of(pair);
        ASSERT_EQ(files.size(), again.size());
        for (std::size_t i = 0; i < files.size(); ++i) {
            EXPECT_EQ(files[i].name, again[i].name);
            EXPECT_EQ(files[i].text, again[i].text);
        }
        const auto world = world_of(pair);
        ASSERT_NE(world, nullptr);
        expect_least_privilege(*world);
        expect_limits(*world, pair);
        for (const auto& municipality : world->configuration().municipalities) {
            expect_crossing(*world, municipality);
        }
        ASSERT_FALSE(HasFailure());
    }
}

// Every municipality of Japan.
std::string towns(std::size_t count, std::string_view options) {
    std::string out =
        "[operator]\naccount = \"222222222222\"\noptions = { " + std::string(options) + " }\n";
    for (std::size_t i = 0; i < count; ++i) {
        out += "[[municipality]]\nname = \"town-" + std::to_string(i) + "\"\naccount = \"" +
               std::to_string(100'000'000'000 + i) +
               "\"\nexternal_id = \"f3b60f3a1c7e4c0d9a52d8e17b4496ce\"\n";
    }
    return out;
}

TEST(Render, SplitsTheOperatorsTemplatesBelowTheLimits) {
    struct Row {
        std::size_t towns;
        const char* options;
        std::size_t templates;
    };
    const Row rows[] = {
        {448, "", 1},
        {449, "", 2},  // the policy and the activation role take two of the 450
        {449, "activation_role = false", 1},
        {1741, "", 4},
        {94, "source_vpce = true", 1},  // two parameters each, of 190
        {95, "source_vpce = true", 2},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(std::to_string(row.towns) + " " + row.options);
        const Pair pair = rendered(towns(row.towns, row.options));
        EXPECT_EQ(pair.operator_templates.size(), row.templates);
        EXPECT_EQ(pair.municipality_templates.size(), row.towns);
        for (const TemplateFile& file : pair.operator_templates) {
            EXPECT_LE(file.text.size(), 1'000'000U);
        }
        if (row.towns > 100) continue;
        const auto world = world_of(pair);
        ASSERT_NE(world, nullptr);
        expect_limits(*world, pair);
        expect_crossing(*world, world->configuration().municipalities.back());
    }
}

}  // namespace
}  // namespace kakehashi::design
