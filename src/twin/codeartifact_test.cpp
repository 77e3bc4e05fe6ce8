#include "twin/codeartifact.h"

#include "base/encoding.h"
#include "base/hash.h"
#include "twin/detail/example_twin.h"
#include "twin/simple_api.h"

namespace kakehashi::twin {
namespace {

using namespace std::chrono_literals;
constexpr const char* kApi = "codeartifact.ap-northeast-1.amazonaws.com";
const std::string kRepositories =
    "municipality-111111111111.d.codeartifact.ap-northeast-1.amazonaws.com";
constexpr const char* kToken = "/v1/authorization-token?domain=municipality";
constexpr const char* kEndpoint =
    "/v1/repository/endpoint?domain=municipality&repository=python&format=pypi";
const std::string kWheel = "Kakehashi_Test-1.0-py3-none-any.whl";

class Packages : public ExampleTwin {
public:
    explicit Packages(std::vector<cloud::TextEdit> edits = {})
        : ExampleTwin("article", with_folder(std::move(edits))) {
        files.texts = {
            {"/project/wheels/" + kWheel, "wheel"},
            {"/project/wheels/kakehashi_test-2.0.tar.gz", "archive"},
            {"/project/wheels/notes.txt", "no package"},
            {"/project/kakehashi.toml", "secret"}};
    }

    Received api(const std::string& method, const std::string& target, const char* host = kApi) {
        return call(
            Service::CodeArtifact, "codeartifact", {method, target}, instance_credentials(), host
        );
    }
    std::string token(const std::string& more = "") {
        return api("POST", kToken + more).member("authorizationToken");
    }
    Received fetch(
        const std::string& target,
        const std::string& token,
        const std::string& host = kRepositories
    ) {
        return get(
            Service::CodeArtifactRepositories,
            target,
            {{"Host", host}, {"Authorization", "Basic " + base64("aws:" + token)}}
        );
    }

private:
    static std::vector<cloud::TextEdit> with_folder(std::vector<cloud::TextEdit> edits) {
        edits.push_back(
            {"kakehashi.toml",
             "[operator]\n",
             "[twin.codeartifact]\npackages = \"wheels\"\n[operator]\n"}
        );
        return edits;
    }
};

TEST(CodeArtifact, LetsPipInstall) {
    Packages example;
    const Received endpoint = example.api("GET", kEndpoint);
    ASSERT_EQ(endpoint.status, 200) << endpoint.body;
    EXPECT_EQ(endpoint.member("repositoryEndpoint"), "https://" + kRepositories + "/pypi/python/");
    const std::string token = example.token();
    ASSERT_FALSE(token.empty());
    const Received page = example.fetch("/pypi/python/simple/Kakehashi.test/", token);
    ASSERT_EQ(page.status, 200) << page.body;
    EXPECT_TRUE(page.header("content-type").starts_with("text/html"));
    const std::string path = "/pypi/python/simple/kakehashi-test/1.0/" + kWheel;
    EXPECT_NE(
        page.body.find("<a href=\"" + path + "#sha256=" + sha256_hex("wheel") + "\">"),
        std::string::npos
    ) << page.body;
    EXPECT_NE(page.body.find("2.0/kakehashi_test-2.0.tar.gz#"), std::string::npos);
    EXPECT_EQ(page.body.find("notes"), std::string::npos);
    EXPECT_EQ(example.fetch(path, token).body, "wheel");
    EXPECT_EQ(example.fetch(path, token, "127.0.0.1:8443").body, "wheel");
    const auto events = example.twin->events();
    ASSERT_EQ(events.size(), 5U);
    EXPECT_NE(events[1].find("\"eventName\":\"GetAuthorizationToken\""), std::string::npos);
    EXPECT_NE(events[4].find("\"eventName\":\"ReadFromRepository\""), std::string::npos);
}

TEST(CodeArtifact, LeadsByTheWayItWasAsked) {
    Packages example;
    example.twin->listens_at(Service::CodeArtifactRepositories, "https://127.0.0.1:8443");
    EXPECT_EQ(
        example.api("GET", kEndpoint, "127.0.0.1:8080").member("repositoryEndpoint"),
        "https://127.0.0.1:8443/pypi/python/"
    );
    EXPECT_EQ(
        example.api("GET", kEndpoint).member("repositoryEndpoint"),
        "https://" + kRepositories + "/pypi/python/"
    );
    EXPECT_EQ(
        example.api("GET", std::string(kEndpoint) + "&endpointType=dualstack")
            .member("repositoryEndpoint"),
        "https://municipality-111111111111.d.codeartifact.ap-northeast-1.on.aws/pypi/python/"
    );
}

TEST(CodeArtifact, RefusesInItsOwnWords) {
    Packages example;
    struct Row {
        const char* method;
        std::string target;
        int status;
        const char* code;
    };
    const std::string endpoint = "/v1/repository/endpoint?domain=municipality&repository=";
    const Row rows[] = {
        {"POST", "/v1/authorization-token", 400, "ValidationException"},
        {"POST", "/v1/authorization-token?domain=M", 400, "ValidationException"},
        {"POST", std::string(kToken) + "&domain-owner=1", 400, "ValidationException"},
        {"POST", std::string(kToken) + "&duration=899", 400, "ValidationException"},
        {"POST", std::string(kToken) + "&duration=43201", 400, "ValidationException"},
        {"POST", std::string(kToken) + "&duration=-1", 400, "ValidationException"},
        {"POST", "/v1/authorization-token?domain=other", 404, "ResourceNotFoundException"},
        {"POST", std::string(kToken) + "&domain-owner=222222222222", 403, "AccessDeniedException"},
        {"GET", endpoint + "python&format=pip", 400, "ValidationException"},
        {"GET", endpoint + "p&format=pypi", 400, "ValidationException"},
        {"GET", endpoint + "none&format=pypi", 404, "ResourceNotFoundException"},
        {"GET", endpoint + "python&format=pypi&endpointType=6", 400, "ValidationException"},
        {"GET", kToken, 404, "UnknownOperationException"},
        {"GET", "/", 404, "UnknownOperationException"},
    };
    for (const auto& [method, target, status, code] : rows) {
        const Received answer = example.api(method, target);
        EXPECT_EQ(answer.status, status) << target << answer.body;
        EXPECT_EQ(answer.header("x-amzn-errortype"), code) << target;
    }
    const Received unsigned_one =
        example.get(Service::CodeArtifact, kToken, {{"Host", kApi}}, "POST");
    EXPECT_EQ(unsigned_one.status, 403);
    EXPECT_EQ(
        example
            .call(
                Service::CodeArtifact,
                "bedrock",
                {"POST", kToken},
                example.instance_credentials(),
                kApi
            )
            .header("x-amzn-errortype"),
        "InvalidSignatureException"
    );
}

TEST(CodeArtifact, TokensLastAsLongAsTheySay) {
    struct Row {
        const char* duration;
        std::chrono::seconds lasts;
    };
    for (const auto& [duration, lasts] :
         {Row{"", 12h},
          Row{"&duration=900", 900s},
          Row{"&duration=43200", 12h},
          Row{"&duration=0", 6h}}) {
        Packages example;
        const std::string token = example.token(duration);
        const std::string page = "/pypi/python/simple/kakehashi-test/";
        example.twin->advance(lasts - 1s);
        EXPECT_EQ(example.fetch(page, token).status, 200) << duration;
        example.twin->advance(1s);
        const Received late = example.fetch(page, token);
        EXPECT_EQ(late.status, 401) << duration;
        EXPECT_TRUE(late.header("www-authenticate").starts_with("Basic "));
        EXPECT_FALSE(late.member("message").empty());
        const auto why = example.twin->explain(std::nullopt, Language::English);
        EXPECT_NE(why->find("credentials-expired"), std::string::npos);
    }
}

TEST(CodeArtifact, OpensWithGoodTokensAlone) {
    Packages example;
    const std::string token = example.token();
    const std::string page = "/pypi/python/simple/kakehashi-test/";
    const std::vector<std::string> wrong = {
        "",
        "Basic",
        "Basic !!",
        "Basic " + base64("aws:" + token + "x"),
        "Basic " + base64("user:" + token),
        "Basic " + base64(token),
        "Bearer " + token};
    for (const std::string& header : wrong) {
        const Received answer = example.get(
            Service::CodeArtifactRepositories,
            page,
            {{"Host", kRepositories}, {"Authorization", header}}
        );
        EXPECT_EQ(answer.status, 401) << header;
        EXPECT_TRUE(answer.header("www-authenticate").starts_with("Basic ")) << header;
    }
    EXPECT_EQ(
        example.fetch(page, token, "other-111111111111.d.codeartifact.ap-northeast-1.amazonaws.com")
            .status,
        401
    );
    Packages empty({{"kakehashi.toml", "[twin]\n", "[twin]\ncodeartifact_error_body = \"empty\"\n"}}
    );
    const Received bare = empty.fetch(page, "none");
    EXPECT_EQ(bare.status, 401);
    EXPECT_EQ(bare.body, "");
}

TEST(CodeArtifact, GivesOutWhatIsListedAndNothingElse) {
    Packages example;
    const std::string token = example.token();
    const std::string simple = "/pypi/python/simple/";
    struct Row {
        std::string target;
        int status;
    };
    const Row rows[] = {
        {simple + "kakehashi-test", 200},
        {simple, 404},
        {simple + "none/", 404},
        {simple + "notes/", 404},
        {simple + "kakehashi-test/1.0/", 404},
        {simple + "kakehashi-test/1.1/" + kWheel, 404},
        {simple + "other/1.0/" + kWheel, 404},
        {simple + "kakehashi-test/1.0/..%2F..%2Fkakehashi.toml", 404},
        {simple + "../../../kakehashi.toml", 404},
        {"/pypi/none/simple/kakehashi-test/", 404},
        {"/pypi/-/simple/kakehashi-test/", 404},
        {"/npm/python/kakehashi-test/", 404},
        {"/", 404},
    };
    for (const auto& [target, status] : rows) {
        EXPECT_EQ(example.fetch(target, token).status, status) << target;
    }
    EXPECT_EQ(example.fetch("/pypi/pypi-store/simple/kakehashi-test/", token).status, 200);
    Packages alone({{"municipality.yaml", "      Upstreams: [!GetAtt PypiStore.Name]\n", ""}});
    EXPECT_EQ(alone.fetch(simple + "kakehashi-test/", alone.token()).status, 404);
}

TEST(CodeArtifact, AsksWhetherTheTokensOwnerMayRead) {
    const std::string repository = "      RepositoryName: python\n";
    Packages example(
        {{"municipality.yaml",
          repository,
          repository + "      PermissionsPolicyDocument: {Version: \"2012-10-17\", Statement: "
                       "[{Effect: Deny, Principal: \"*\", Action: "
                       "\"codeartifact:ReadFromRepository\", Resource: \"*\"}]}\n"}}
    );
    const Received denied = example.fetch("/pypi/python/simple/kakehashi-test/", example.token());
    EXPECT_EQ(denied.status, 403);
    EXPECT_NE(
        denied.member("message").find("with an explicit deny in a resource-based policy"),
        std::string::npos
    ) << denied.body;
    const auto why = example.twin->explain(std::nullopt, Language::Japanese);
    ASSERT_TRUE(why);
    EXPECT_NE(why->find("PythonRepository"), std::string::npos) << *why;
}

TEST(SimpleApi, KnowsPackagesByTheirNames) {
    struct Row {
        const char* file;
        const char* project;  // "" : no package
        const char* version;
    };
    const Row rows[] = {
        {"boto3-1.40.0-py3-none-any.whl", "boto3", "1.40.0"},
        {"a_B.c-1!2.0+local-1-cp311-cp311-manylinux_2_17_x86_64.whl", "a-b-c", "1!2.0+local"},
        {"python-dateutil-2.9.0.tar.gz", "python-dateutil", "2.9.0"},
        {"boto3-1.40.0-py3-none.whl", "", ""},
        {"boto3-1.40.0-1-2-py3-none-any.whl", "", ""},
        {"-1.40.0-py3-none-any.whl", "", ""},
        {"boto3--py3-none-any.whl", "", ""},
        {".boto3-1-py3-none-any.whl", "", ""},
        {"boto3.tar.gz", "", ""},
        {"boto3-.tar.gz", "", ""},
        {"boto3-1.zip", "", ""},
        {"a/b-1.tar.gz", "", ""},
        {"a\"b-1.tar.gz", "", ""},
        {"a<b-1.tar.gz", "", ""},
    };
    for (const auto& [file, project, version] : rows) {
        const auto found = parse_distribution(file);
        EXPECT_EQ(found ? found->project : "", project) << file;
        EXPECT_EQ(found ? found->version : "", version) << file;
    }
    EXPECT_FALSE(parse_distribution(std::string(250, 'a') + "-1.tar.gz"));
    EXPECT_EQ(normalized_project("A-_.b__C"), "a-b-c");
}

}  // namespace
}  // namespace kakehashi::twin
