#include "aws/sigv4.h"
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
)";
constexpr const char* kMunicipality = R"(Resources:
  V: {Type: "AWS::EC2::VPC", Properties: {CidrBlock: 10.0.0.0/16}}
)";

class NoTimer : public http::Timer {
public:
    boost::asio::awaitable<void> sleep_for(std::chrono::milliseconds) override { co_return; }
};
class NoClock : public Clock {
public:
    TimePoint now() const override { return {}; }
};

std::shared_ptr<const cloud::World> make_world() {
    auto read = config::read_configuration(kConfiguration, "kakehashi.toml");
    if (!read) std::abort();
    auto world =
        cloud::build_world(*std::move(read), {{"o.yaml", kOperator}, {"m.yaml", kMunicipality}});
    if (!world) std::abort();
    return *world;
}

boost::asio::awaitable<void> ask(http::Handler* handler, http::Incoming request, bool* answered) {
    http::Response response = co_await handler->handle(std::move(request));
    if (response.status < 100 || response.status > 599) std::abort();
    auto body = co_await http::read_all(std::move(response.body), kAnswerBytesMax);
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

// First line: a digit for the service and whether to sign ("1s"); second: method, blank, target;
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

    twin::Twin twin(kWorld, {}, {clock, timer});
    const auto index = static_cast<std::size_t>(input[0]) % std::size(twin::kServices);
    const twin::Service service = twin::kServices[index];
    if (first > 1 && input[1] == 's') {
        sign(
            request, service == twin::Service::Sts ? "sts" : "bedrock", twin.signing_clock().now()
        );
    }
    bool answered = false;
    boost::asio::io_context io;
    boost::asio::co_spawn(
        io,
        ask(&twin.handler(service), std::move(request), &answered),
        [](const std::exception_ptr& thrown) {
            if (thrown) std::rethrow_exception(thrown);
        }
    );
    io.run();
    if (!answered) std::abort();
    static_cast<void>(twin.explain(std::nullopt, Language::Japanese));
    return 0;
}
