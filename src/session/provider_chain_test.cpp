#include "session/provider_chain.h"

#include "session/ecs.h"
#include "session/imds.h"
#include "session/script.h"

#include <gtest/gtest.h>

namespace kakehashi::session {
namespace {

using namespace std::string_literals;
using Kind = ProviderError::Kind;
using Values = std::map<std::string, std::string, std::less<>>;

const std::string kMetadata =
    R"({"AccessKeyId":"AK","SecretAccessKey":"SK","Token":"TK","Expiration":"2026-11-24T14:00:00Z"})";
const std::string kStsUrl = std::string("POST https://") + kStsHost + "/";

std::string shown(const ProviderChain::Result& result) {
    if (!result)
        return "error " + describe(result.error()).id.name() + " " + result.error().subject;
    return std::string(name_of(result->source)) + " " + result->credentials.access_key_id + " " +
           result->role_arn;
}

TEST(Environment, HasKeysOrSaysWhichIsMissing) {
    struct Row {
        Values values;
        std::string want;
    };
    const Row rows[] = {
        {{{"AWS_ACCESS_KEY_ID", "AK"}, {"AWS_SECRET_ACCESS_KEY", "SK"}}, "environment AK "},
        {{{"AWS_ACCESS_KEY_ID", "AK"}, {"AWS_SECRET_ACCESS_KEY", ""}},
         "error session.provider.incomplete AWS_SECRET_ACCESS_KEY"},
        {{{"AWS_SECRET_ACCESS_KEY", "SK"}}, "error session.provider.incomplete AWS_ACCESS_KEY_ID"},
    };
    for (const auto& [values, want] : rows) {
        Script script({});
        Machine machine(script);
        machine.environment.values = values;
        EXPECT_EQ(shown(machine.fetch()), want);
    }
}

TEST(CredentialProcess, IsReadAsAwsDefinesIt) {
    const std::string keys = R"("AccessKeyId":"AK","SecretAccessKey":"SK")";
    struct Row {
        Expected<std::string, ProcessError> output;
        std::string want;
    };
    const std::string bad = "error session.provider.process_answer ";
    const std::string failed = "error session.provider.process_failed ";
    const Row rows[] = {
        {"{\"Version\":1," + keys + "}", "credential_process AK "},
        {"{\"Version\":1," + keys + R"(,"SessionToken":"T","Expiration":"2026-11-24T14:00:00Z"})",
         "credential_process AK "},
        {"{" + keys + "}", bad + "Version"},
        {"{\"Version\":2," + keys + "}", bad + "Version"},
        {"{\"Version\":1,\"SecretAccessKey\":\"SK\"}"s, bad + "AccessKeyId"},
        {"{\"Version\":1,\"AccessKeyId\":\"AK\"}"s, bad + "SecretAccessKey"},
        {"{\"Version\":1," + keys + ",\"SessionToken\":1}", bad + "SessionToken"},
        {"{\"Version\":1," + keys + ",\"Expiration\":\"tomorrow\"}", bad + "Expiration"},
        {""s, bad + "JSON"},
        {"[]"s, bad + "JSON"},
        {"{\"Version\":1," + keys, bad + "JSON"},
        {Failure{ProcessError::NotFound}, failed + "not-found"},
        {Failure{ProcessError::TimedOut}, failed + "timed-out"},
        {Failure{ProcessError::Failed}, failed + "failed"},
        {Failure{ProcessError::TooMuchOutput}, failed + "too-much-output"},
    };
    for (const auto& [output, want] : rows) {
        Script script({});
        Machine machine(script);
        machine.environment.values["AWS_PROFILE"] = "p";
        machine.files.files.emplace(
            "/home/me/.aws/config", "[profile p]\ncredential_process = run it"
        );
        machine.process.outputs.emplace("run it", output);
        EXPECT_EQ(shown(machine.fetch()), want);
    }
}

TEST(Ecs, GoesWhereItMay) {
    struct Row {
        Values environment;
        std::string request;  // "" : not allowed
    };
    const auto full = [](std::string url) {
        return Values{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", std::move(url)}};
    };
    const Row rows[] = {
        {{{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x?id=1"}},
         "http://169.254.170.2/v2/x?id=1"},
        {full("http://169.254.170.2/x"), "http://169.254.170.2/x"},
        {full("http://169.254.170.23/v1/credentials"), "http://169.254.170.23/v1/credentials"},
        {full("http://[fd00:ec2::23]/v1/credentials"), "http://[fd00:ec2::23]/v1/credentials"},
        {full("http://127.0.0.1:9/x"), "http://127.0.0.1:9/x"},
        {full("http://localhost/x"), "http://localhost/x"},
        {full("http://[::1]:9/x"), "http://[::1]:9/x"},
        {full("https://credentials.example/x"), "https://credentials.example/x"},
        {full("http://credentials.example/x"), ""},
        {full("http://169.254.170.3/x"), ""},
        {full("http://169.254.170.2@evil.example/x"), ""},
        {full("ftp://127.0.0.1/x"), ""},
        {full("x"), ""},
        {{{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", ".evil.example/x"}}, ""},
        {{{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@evil.example/x"}}, ""},
        {{{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", ":80/x"}}, ""},
    };
    for (const auto& [environment, request] : rows) {
        Script script({{"GET " + request, {}, {200, {}, kMetadata}}});
        Machine machine(script);
        machine.environment.values = environment;
        const auto result = machine.fetch();
        const std::string given = environment.begin()->second;
        if (request.empty()) {
            ASSERT_FALSE(result) << given;
            EXPECT_EQ(result.error().kind, Kind::AddressNotAllowed) << given;
        } else {
            EXPECT_EQ(shown(result), "ECS AK ") << given;
        }
    }
}

TEST(Ecs, SendsTheTokenOfTheFileOrTheVariable) {
    struct Row {
        std::optional<std::string> variable;
        std::optional<Expected<std::string, FileError>> file;
        std::string want;
    };
    const Row rows[] = {
        {"T1", std::nullopt, "T1"},
        {"T1", "T2\r\n"s, "T2"},
        {std::nullopt, "T2"s, "T2"},
        {"T\n1",
         std::nullopt,
         "error session.provider.incomplete AWS_CONTAINER_AUTHORIZATION_TOKEN"},
        {std::nullopt,
         "T\n2"s,
         "error session.provider.incomplete AWS_CONTAINER_AUTHORIZATION_TOKEN"},
        {std::nullopt,
         Failure{FileError::NotFound},
         "error session.provider.file_unreadable /token"},
        {std::nullopt, std::string(20'000, 'x'), "error session.provider.file_unreadable /token"},
    };
    for (const auto& [variable, file, want] : rows) {
        Script script(
            {{"GET http://127.0.0.1/x", {"Authorization: " + want + "\n"}, {200, {}, kMetadata}}}
        );
        Machine machine(script);
        auto& values = machine.environment.values;
        values["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1/x";
        if (variable) values["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = *variable;
        if (file) {
            values["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/token";
            machine.files.files.emplace("/token", *file);
        }
        EXPECT_EQ(shown(machine.fetch()), want.starts_with("error") ? want : "ECS AK ");
    }
}

TEST(Ecs, EveryFaultIsAnErrorAndNothingElseIsAsked) {
    Script script({{"GET http://169.254.170.2/x", {}, {200, {}, kMetadata}}});
    script.with_fault_at_each_step([&](std::size_t, Fault fault) {
        Machine machine(script);
        machine.environment.values["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/x";
        const auto result = machine.fetch();
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().source, Source::Ecs);
        EXPECT_EQ(
            result.error().kind,
            fault == Fault::Garbage       ? Kind::BadAnswer
            : fault == Fault::Unavailable ? Kind::Refused
                                          : Kind::Unreachable
        );
        EXPECT_EQ(script.requests().size(), 1U) << "configured is decided";
    });
}

TEST(Imds, EveryFaultEndsInAnError) {
    Script script(imds_scenes());
    Machine whole(script);
    EXPECT_EQ(shown(whole.fetch()), "IMDSv2 ASIACALLER0000000000 ");
    EXPECT_TRUE(script.is_done());
    script.with_fault_at_each_step([&](std::size_t, Fault fault) {
        Machine machine(script);
        const auto result = machine.fetch();
        ASSERT_FALSE(result);
        // An IMDS that is not there is not configured.
        EXPECT_EQ(
            result.error().kind,
            fault == Fault::Garbage       ? Kind::BadAnswer
            : fault == Fault::Unavailable ? Kind::Refused
                                          : Kind::NoneConfigured
        );
    });
}

TEST(Imds, IsAskedWhereTheEnvironmentSays) {
    Script script({Scene{"PUT http://127.0.0.1:4000/latest/api/token", {}, {}}});
    script.rewind(0, Fault::Refused);
    Machine machine(script);
    auto& values = machine.environment.values;
    values["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:4000/";
    EXPECT_EQ(machine.fetch().error().kind, Kind::Unreachable) << "named, so it should be there";
    values["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://u:p@x/";
    EXPECT_EQ(shown(machine.fetch()), "error session.provider.address http://…@x/");
    values["AWS_EC2_METADATA_DISABLED"] = "TRUE";
    EXPECT_EQ(machine.fetch().error().kind, Kind::NoneConfigured);
}

TEST(Imds, RefusesWhatIsNotCredentials) {
    struct Row {
        std::size_t step;
        std::string body, subject;
    };
    const Row rows[] = {
        {0, "", "token"},
        {0, "to\nken", "token"},
        {0, std::string(5000, 't'), "token"},
        {1, "", "role"},
        {1, "a/../b", "role"},
        {1, std::string(65, 'r'), "role"},
        {2, "<html>", "JSON"},
        {2, R"({"Code":"AssumeRoleUnauthorizedAccess"})", "Code"},
        {2, R"({"AccessKeyId":"","SecretAccessKey":"s","Token":"t"})", "AccessKeyId"},
        {2, R"({"AccessKeyId":"a","SecretAccessKey":"s"})", "Token"},
        {2, R"({"AccessKeyId":"a","SecretAccessKey":"s","Token":"t"})", "Expiration"},
        {2, R"({"AccessKeyId":"a","SecretAccessKey":"s","Token":"t","Token":"u"})", "JSON"},
    };
    for (const auto& [step, body, subject] : rows) {
        auto scenes = imds_scenes();
        scenes[step].reply.body = body;
        Script script(std::move(scenes));
        Machine machine(script);
        EXPECT_EQ(shown(machine.fetch()), "error session.provider.answer " + subject) << body;
    }
}

TEST(ProviderChain, TheFirstThatIsConfiguredDecides) {
    const auto everything = [](Machine& machine) {
        auto& values = machine.environment.values;
        values["AWS_ACCESS_KEY_ID"] = "ENV";
        values["AWS_SECRET_ACCESS_KEY"] = "SK";
        values["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/ecs";
        machine.files.files.emplace(
            "/home/me/.aws/credentials",
            "[default]\naws_access_key_id=FILE\naws_secret_access_key=SK\n"
        );
    };
    std::vector<Scene> scenes = {{"GET http://169.254.170.2/ecs", {}, {200, {}, kMetadata}}};
    for (Scene& scene : imds_scenes()) {
        scenes.push_back(std::move(scene));
    }
    Script script(std::move(scenes));
    Machine machine(script);
    everything(machine);
    EXPECT_EQ(shown(machine.fetch()), "environment ENV ");
    machine.environment.values.erase("AWS_ACCESS_KEY_ID");
    EXPECT_EQ(machine.fetch().error().kind, Kind::Incomplete) << "not covered up by the profile";
    machine.environment.values.erase("AWS_SECRET_ACCESS_KEY");
    EXPECT_EQ(shown(machine.fetch()), "profile FILE ");
    machine.environment.values["AWS_PROFILE"] = "nobody";
    EXPECT_EQ(shown(machine.fetch()), "error session.provider.unknown_profile nobody");
    machine.environment.values.erase("AWS_PROFILE");
    machine.files.files.clear();
    EXPECT_EQ(shown(machine.fetch()), "ECS AK ");
    machine.environment.values.erase("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    EXPECT_EQ(shown(machine.fetch()), "IMDSv2 ASIACALLER0000000000 ");
    EXPECT_TRUE(script.is_done());
}

TEST(ProviderChain, FilesAreWhereTheEnvironmentSaysAndReadable) {
    Script script({});
    Machine machine(script);
    machine.environment.values["AWS_CONFIG_FILE"] = "/c";
    machine.environment.values["AWS_SHARED_CREDENTIALS_FILE"] = "/s";
    machine.files.files.emplace(
        "/s", "[default]\naws_access_key_id=FILE\naws_secret_access_key=SK\n"
    );
    EXPECT_EQ(shown(machine.fetch()), "profile FILE ");
    machine.files.files.emplace("/c", Failure{FileError::NotAllowed});
    EXPECT_EQ(shown(machine.fetch()), "error session.provider.file_unreadable /c");
    machine.files.files.erase("/c");
    machine.files.files.emplace("/c", "[default]\nbroken\n");
    const auto broken = machine.fetch();
    EXPECT_EQ(shown(broken), "error session.shared_config.setting /c:2");
}

std::vector<Scene> chained_scenes() {
    auto scenes = imds_scenes();
    scenes.push_back(
        {kStsUrl,
         {"Credential=ASIACALLER0000000000/20261124/ap-northeast-1/sts/aws4_request",
          "X-Amz-Security-Token: caller-token",
          "RoleArn=one",
          "ExternalId=E",
          "DurationSeconds=900",
          "RoleSessionName=me%40host"},
         assumed_role(kScriptStart + std::chrono::hours(1), "ASIAONE")}
    );
    scenes.push_back(
        {kStsUrl,
         {"Credential=ASIAONE/", "RoleArn=two", "RoleSessionName=named"},
         assumed_role(kScriptStart + std::chrono::hours(1), "ASIATWO")}
    );
    return scenes;
}

void write_chain(Machine& machine) {
    machine.files.files.emplace(
        "/home/me/.aws/config",
        "[default]\nrole_arn=two\nsource_profile=b\nrole_session_name=named\n"
        "[profile b]\nrole_arn=one\ncredential_source=Ec2InstanceMetadata\nexternal_id=E\n"
        "duration_seconds=900\n"
    );
}

TEST(ProviderChain, AssumesTheRolesOfAProfileInOrder) {
    Script script(chained_scenes());
    Machine machine(script);
    write_chain(machine);
    EXPECT_EQ(shown(machine.fetch()), "IMDSv2 ASIATWO two");
    EXPECT_TRUE(script.is_done());
    script.with_fault_at_each_step([&](std::size_t step, Fault) {
        Machine broken(script);
        write_chain(broken);
        const auto result = broken.fetch();
        ASSERT_FALSE(result);
        if (step >= 3) {
            EXPECT_EQ(result.error().kind, Kind::AssumeRoleFailed);
            EXPECT_EQ(result.error().subject, step == 3 ? "one" : "two");
        }
        for (const auto language : {Language::English, Language::Japanese}) {
            EXPECT_NE(text(describe(result.error()), language), "");
        }
    });
}

}  // namespace
}  // namespace kakehashi::session
