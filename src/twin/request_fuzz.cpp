#include "aws/sigv4.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/text.h"
#include "cloud/world.h"
#include "config/configuration.h"
#include "twin/twin.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <optional>

using namespace kakehashi;

namespace {

constexpr std::size_t kAnswerBytesMax = 4U << 20U;
constexpr const char* kConfiguration = R"([operator]
account = "222222222222"
template = "o.yaml"
[[municipality]]
name = "city"
account = "111111111111"
template = "m.yaml"
[twin]
clock = "2026-11-24T00:00:00Z"
clock_runs = false
[twin.codeartifact]
packages = "wheels"
[twin.s3]
al2023 = "mirror"
[[twin.credential]]
access_key_id = "AKIAFUZZFUZZFUZZFUZZ"
secret_access_key = "secret"
principal = "arn:aws:iam::222222222222:role/r"
[[twin.reply]]
match = { prompt = "tool*" }
tool_use = { name = "t", input = { a = 1 } }
[[twin.reply]]
match = { prompt = "cut" }
cut_at_byte = 100
)";
constexpr const char* kOperator = R"(Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      RoleName: r
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: "*", Action: "sts:*"}]
      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{Effect: Allow, Action: "*", Resource: "*"}]
  D: {Type: "AWS::CodeArtifact::Domain", Properties: {DomainName: dd}}
  P:
    Type: AWS::CodeArtifact::Repository
    Properties: {DomainName: dd, RepositoryName: rr, ExternalConnections: [public:pypi]}
)";
constexpr const char* kMunicipality = R"(Resources:
  V: {Type: "AWS::EC2::VPC", Properties: {CidrBlock: 10.0.0.0/16}}
  S: {Type: "AWS::EC2::Subnet", Properties: {VpcId: !Ref V, CidrBlock: 10.0.0.0/24, AvailabilityZone: ap-northeast-1a}}
  I: {Type: "AWS::EC2::Instance", Properties: {ImageId: ami-1, SubnetId: !Ref S, IamInstanceProfile: !Ref F}}
  F: {Type: "AWS::IAM::InstanceProfile", Properties: {Roles: [!Ref R]}}
  R:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: [ec2.amazonaws.com, ecs-tasks.amazonaws.com]}, Action: "sts:AssumeRole"}]
  T: {Type: "AWS::ECS::TaskDefinition", Properties: {TaskRoleArn: !GetAtt R.Arn}}
  E:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref T
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref S]}}
)";

class NoTimer : public http::Timer {
public:
    boost::asio::awaitable<void> sleep_for(std::chrono::milliseconds) override { co_return; }
};
class NoClock : public Clock {
public:
    TimePoint now() const override { return {}; }
};

// A wheel, and one object of the mirror.
class FewFiles : public Files {
public:
    Expected<std::string, FileError> read(std::string path, std::size_t) override {
        const bool there = path == "wheels/a-1-py3-none-any.whl" || path == "mirror/a/b";
        if (path.find("..") != std::string::npos) std::abort();
        if (!there) return Failure{FileError::NotFound};
        return std::string("bytes");
    }
    Expected<std::vector<std::string>, FileError> list(std::string, std::size_t) override {
        return std::vector<std::string>{"a-1-py3-none-any.whl", "notes"};
    }
};

// The credentials' services are on machines of the closed VPC; the rest is asked from outside.
cloud::Place place_for(const cloud::World& world, twin::Service service) {
    const char* where = service == twin::Service::Imds                   ? "city/I"
                        : service == twin::Service::ContainerCredentials ? "city/E"
                                                                         : "outside";
    auto place = cloud::find_place(world, where);
    if (!place) std::abort();
    return *place;
}

const char* signing_name(twin::Service service) {
    if (service == twin::Service::Sts) return "sts";
    return service == twin::Service::CodeArtifact ? "codeartifact" : "bedrock";
}

std::shared_ptr<const cloud::World> make_world() {
    auto read = config::read_configuration(kConfiguration, "kakehashi.toml");
    if (!read) std::abort();
    auto world =
        cloud::build_world(*std::move(read), {{"o.yaml", kOperator}, {"m.yaml", kMunicipality}});
    if (!world) std::abort();
    return *world;
}

boost::asio::awaitable<void> ask(
    http::Handler* handler,
    http::Incoming request,
    bool* answered,
    std::string* kept
) {
    http::Response response = co_await handler->handle(std::move(request));
    if (response.status < 100 || response.status > 599) std::abort();
    auto body = co_await http::read_all(std::move(response.body), kAnswerBytesMax);
    if (body) *kept = *body;
    *answered = body || body.error().kind == http::NetErrorKind::Truncated;
}

// Signed with a key that the twin knows, so that what lies behind authentication is reached too.
void sign(http::Incoming& request, const char* service, TimePoint now) {
    request.headers.set("host", "127.0.0.1");
    const std::vector<std::pair<std::string_view, std::string_view>> headers = {
        {"host", "127.0.0.1"}};
    const std::string_view target = request.target;
    const auto mark = target.find('?');
    aws::Signer signer({"ap-northeast-1", service});
    const auto made = signer.sign(
        {request.method,
         target.substr(0, mark),
         mark == target.npos ? "" : target.substr(mark + 1),
         headers,
         request.body},
        {"AKIAFUZZFUZZFUZZFUZZ", SecretString(std::string("secret")), {}},
        now
    );
    request.headers.set("x-amz-date", made.date);
    request.headers.set("authorization", made.authorization);
}

}  // namespace

// A request, with what is left of its answer.
std::string answer_to(twin::Twin& twin, twin::Service service, http::Incoming request) {
    bool answered = false;
    std::string body;
    boost::asio::io_context io;
    boost::asio::co_spawn(
        io,
        ask(&twin.handler(service), std::move(request), &answered, &body),
        [](const std::exception_ptr& thrown) {
            if (thrown) std::rethrow_exception(thrown);
        }
    );
    io.run();
    if (!answered) std::abort();
    return body;
}

// Of the domain, by the fixed key: what lies behind the token is reached too.
std::string package_token(twin::Twin& twin) {
    http::Incoming request{"POST", "/v1/authorization-token?domain=dd"};
    sign(request, "codeartifact", twin.signing_clock().now());
    const auto body = json::parse(answer_to(twin, twin::Service::CodeArtifact, std::move(request)));
    if (!body) std::abort();
    return std::string(json::find_string(*body, "authorizationToken").value_or(""));
}

// First line: a digit for the service and whether to sign ("1s") or to use a token for packages
// ("5t"); second: method, blank, target;
// then headers; an empty line; the body. Oracle: a handler answers, with a status, in bounds, and
// whatever was refused can be explained.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto kWorld = make_world();
    static NoTimer timer;
    static NoClock clock;
    const std::string input(data, data + size);
    const auto first = input.find('\n');
    if (first == std::string::npos || first == 0) return 0;
    const auto second = std::min(input.find('\n', first + 1), input.size());
    const std::string_view line = std::string_view(input).substr(first + 1, second - first - 1);
    const auto blank = line.find(' ');
    http::Incoming request{
        std::string(line.substr(0, blank)),
        std::string(blank == line.npos ? "/" : line.substr(blank + 1))};
    const std::string_view rest =
        std::string_view(input).substr(std::min(second + 1, input.size()));
    const auto end = std::min(rest.find("\n\n"), rest.size());
    for (std::string_view field : split(rest.substr(0, end), '\n')) {
        const auto colon = field.find(':');
        if (colon == field.npos || colon == 0) continue;
        request.headers.add(
            std::string(field.substr(0, colon)), std::string(trimmed(field.substr(colon + 1)))
        );
    }
    request.body = rest.substr(std::min(end + 2, rest.size()));

    const auto index = static_cast<std::size_t>(input[0]) % std::size(twin::kServices);
    const twin::Service service = twin::kServices[index];
    static FewFiles files;
    twin::Twin twin(kWorld, place_for(*kWorld, service), {clock, timer, &files});
    const char how = first > 1 ? input[1] : ' ';
    if (how == 's') sign(request, signing_name(service), twin.signing_clock().now());
    if (how == 't') {
        request.headers.set("authorization", "Basic " + base64("aws:" + package_token(twin)));
    }
    answer_to(twin, service, std::move(request));
    static_cast<void>(twin.explain(std::nullopt, Language::Japanese));
    return 0;
}
