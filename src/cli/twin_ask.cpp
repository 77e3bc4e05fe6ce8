#include "cli/twin_ask.h"

#include "base/encoding.h"
#include "base/json.h"
#include "cli/event_loop.h"
#include "cli/project.h"
#include "cli/twin_registry.h"
#include "net/client.h"
#include "net/timer.h"

#include <boost/asio/io_context.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <utility>

namespace kakehashi::cli {
namespace {

using namespace std::chrono_literals;
using What = TwinAskOptions::What;

constexpr std::size_t kAnswerBytesMax = 64U << 20U;
constexpr std::chrono::milliseconds kLimit = 10s;
constexpr int kDownPollsMax = 100;  // of 50 ms

// What an SDK reads, in the order in which `twin env` prints it, and what it is of the twin's.
struct Variable {
    const char* name;
    std::string_view of;  // a service's endpoint, "ca" or "region"
};
constexpr std::array kVariables = {
    Variable{"AWS_ENDPOINT_URL_STS", "sts"},
    Variable{"AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "bedrock-runtime"},
    Variable{"AWS_ENDPOINT_URL_BEDROCK", "bedrock"},
    Variable{"AWS_ENDPOINT_URL_CODEARTIFACT", "codeartifact"},
    Variable{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "imds"},
    Variable{"AWS_CA_BUNDLE", "ca"},
    Variable{"NODE_EXTRA_CA_CERTS", "ca"},
    Variable{"PIP_CERT", "ca"},
    Variable{"AWS_REGION", "region"},
    Variable{"AWS_DEFAULT_REGION", "region"},
};

// A task finds its credentials by this; what ECS itself sets leads to an address that nobody has.
constexpr const char* kRelativeUri = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr const char* kFullUri = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

std::string value_of(const TwinEntry& entry, std::string_view of) {
    if (of == "ca") return entry.ca;
    if (of == "region") return entry.region;
    const auto found = entry.endpoints.find(std::string(of));
    return found == entry.endpoints.end() ? std::string() : found->second;
}

std::string export_line(const std::string& name, const std::string& value) {
    return value.empty() ? "" : "export " + name + "='" + value + "'\n";
}

// `workload`: what AWS sets for the workload, by name. A function's are credentials. They open
// nothing but this twin, which draws them from its seed, and whoever may ask it may call it.
std::string exports_of(const TwinEntry& entry, const json::object& workload) {
    std::string out;
    for (const Variable& variable : kVariables) {
        out += export_line(variable.name, value_of(entry, variable.of));
    }
    for (const auto& member : workload) {
        const std::string name(member.key());
        const std::string value = member.value().is_string()
                                      ? std::string(json::view(member.value().as_string()))
                                      : std::string();
        out += name == kRelativeUri
                   ? export_line(kFullUri, value_of(entry, "container-credentials") + value)
                   : export_line(name, value);
    }
    return out;
}

std::string unset_lines() {
    std::string out;
    for (const Variable& variable : kVariables) {
        out += std::string("unset ") + variable.name + "\n";
    }
    out += std::string("unset ") + kFullUri + "\n";
    // Somebody's own keys stay: only in the place of a function are these the twin's.
    out +=
        "test -z \"${AWS_LAMBDA_FUNCTION_NAME-}\" || unset AWS_LAMBDA_FUNCTION_NAME "
        "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN\n";
    return out;
}

Message left_in_shells() {
    std::string names;
    for (const Variable& variable : kVariables) {
        names += (names.empty() ? "" : " ") + std::string(variable.name);
    }
    return {"cli.twin.left_in_shells"_msg, {{"names", names}}};
}

std::string status_of(const TwinEntry& entry, const std::string& account_time, Output output) {
    if (output == Output::Json) {
        json::object endpoints;
        for (const auto& [service, url] : entry.endpoints) {
            endpoints[service] = url;
        }
        return json::serialize(json::object{
                   {"config", entry.config},
                   {"place", entry.place},
                   {"pid", entry.pid},
                   {"account_time", account_time},
                   {"endpoints", std::move(endpoints)},
                   {"unreachable", json::array(entry.unreachable.begin(), entry.unreachable.end())}}
               ) +
               "\n";
    }
    std::string out = entry.place;
    out.append("  pid ").append(std::to_string(entry.pid));
    out.append("  ").append(account_time).append("\n");
    for (const auto& [service, url] : entry.endpoints) {
        const bool silent =
            std::find(entry.unreachable.begin(), entry.unreachable.end(), service) !=
            entry.unreachable.end();
        out.append(silent ? "  ✗ " : "  ✓ ").append(service);
        out.append("  ").append(url).append("\n");
    }
    return out;
}

http::Request request_for(
    const TwinAskOptions& options,
    const TwinEntry& entry,
    Language language
) {
    http::Request request;
    request.method = "GET";
    switch (options.what) {
        case What::Status:
            request.target = "/status";
            break;
        case What::Env:
            request.target = "/environment";
            break;
        case What::Events:
            request.target = "/events";
            break;
        case What::Explain:
            request.target =
                std::string("/explain?lang=") + (language == Language::Japanese ? "ja" : "en");
            if (options.output == Output::Json) request.target += "&output=json";
            if (options.place) request.target += "&place=" + percent_encoded(*options.place);
            if (options.request_id) {
                request.target += "&request-id=" + percent_encoded(*options.request_id);
            }
            break;
        case What::Clock:
            request.method = "POST";
            request.target = "/clock?advance=" + std::to_string(options.advance.count());
            break;
        case What::Down:
            request.method = "POST";
            request.target = "/stop";
            break;
    }
    request.headers.add("Authorization", "Bearer " + entry.control_token.reveal());
    return request;
}

// Addresses only: the control port is on this machine.
class NoNames : public net::Resolver {
public:
    boost::asio::awaitable<Expected<std::vector<std::string>, http::NetError>> resolve(
        std::string host,
        std::chrono::milliseconds
    ) override {
        std::vector<std::string> itself = {std::move(host)};
        co_return itself;
    }
    void forget(const std::string&) override {}
};

class Asking {
public:
    Asking(
        boost::asio::io_context& io,
        const TwinAskOptions& options,
        Terminal& terminal,
        const TwinEntry& entry
    )
        : options_(options),
          terminal_(terminal),
          entry_(entry),
          origin_{"http", "127.0.0.1", entry.control_port},
          pool_(io.get_executor(), names_, {{origin_}, std::nullopt}) {}

    boost::asio::awaitable<Exit> ask() {
        auto response = co_await pool_.exchange(
            origin_, request_for(options_, entry_, terminal_.language()), http::within(kLimit)
        );
        if (!response) co_return gone();
        const int status = response->status;
        auto body = co_await http::read_all(std::move(response->body), kAnswerBytesMax);
        if (!body) co_return gone();
        if (status == 404) co_return nothing_to_explain();
        if (status != 200) co_return gone();
        if (options_.what == What::Down) co_return co_await wait_for_end();
        show(*body);
        co_return Exit::Done;
    }

private:
    void show(const std::string& body) {
        if (options_.what == What::Status) {
            terminal_.answer(status_of(entry_, body, options_.output));
        } else if (options_.what == What::Env) {
            const auto variables = json::parse(body);
            const auto* object = variables ? variables->if_object() : nullptr;
            terminal_.answer(exports_of(entry_, object ? *object : json::object()));
        } else {
            terminal_.answer(body);
            const bool one_line = options_.what == What::Clock || (options_.what == What::Explain &&
                                                                   options_.output == Output::Json);
            if (one_line) terminal_.answer("\n");
        }
    }

    boost::asio::awaitable<Exit> wait_for_end() {
        for (int i = 0; i < kDownPollsMax; ++i) {
            if (::kill(static_cast<pid_t>(entry_.pid), 0) != 0 && errno == ESRCH) co_return ended();
            co_await timer_.sleep_for(50ms);
        }
        co_return gone();
    }

    // The variables are in other shells, where no twin can reach them.
    Exit ended() {
        if (options_.output == Output::Text) terminal_.say(left_in_shells());
        return Exit::Done;
    }

    Exit gone() {
        return report(
            terminal_,
            options_.output,
            wrong_environment(
                "twin-silent", {"cli.twin.silent"_msg, {{"pid", std::to_string(entry_.pid)}}}
            )
        );
    }

    Exit nothing_to_explain() {
        return report(
            terminal_,
            options_.output,
            {Exit::Problem, "nothing-to-explain", {"cli.twin.nothing_to_explain"_msg}}
        );
    }

    const TwinAskOptions& options_;
    Terminal& terminal_;
    const TwinEntry& entry_;
    http::Origin origin_;
    NoNames names_;
    net::SystemTimer timer_;
    net::ClientPool pool_;
};

}  // namespace

Exit run(
    const TwinAskOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files
) {
    const auto refuse = [&](const CommandFailure& failure) {
        return report(terminal, options.output, failure);
    };
    if (options.unset) {  // needs no twin: it may have ended
        terminal.answer(unset_lines());
        return Exit::Done;
    }
    const auto project = open_project(options.config, environment, files);
    if (!project) return refuse(project.error());
    const auto registry = TwinRegistry::open(environment);
    if (!registry) return refuse(registry.error());
    const std::string place =
        options.place.value_or(project->configuration.municipalities.front().name);
    // What happened is the same from every place; ports and their end are one place's.
    const bool of_both_accounts = options.what == What::Events || options.what == What::Explain ||
                                  options.what == What::Clock;
    const std::string config = project->file.string();
    const auto entry =
        of_both_accounts ? registry->find_any(config, place) : registry->find(config, place);
    if (!entry) {
        return refuse(wrong_environment(
            "twin-not-running", {"cli.twin.not_running"_msg, {{"config", config}, {"place", place}}}
        ));
    }
    boost::asio::io_context io(1);
    Asking asking(io, options, terminal, *entry);
    return run_until_done(io, asking.ask(), OnSignal::Cancel);
}

}  // namespace kakehashi::cli
