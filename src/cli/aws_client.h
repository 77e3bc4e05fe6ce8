#pragma once

#include "base/outside.h"
#include "cli/debug_transport.h"
#include "cli/environment.h"
#include "cli/project.h"
#include "net/client.h"
#include "net/clock.h"
#include "net/files.h"
#include "net/process.h"
#include "net/random.h"
#include "net/timer.h"
#include "session/bedrock_client.h"
#include "session/crossing.h"

#include <memory>
#include <optional>
#include <string>

namespace kakehashi::cli {

// The whole way from this machine to Bedrock, put together: machine, network, provider chain,
// crossing, client. Thread rule: one strand.
class AwsClient {
public:
    // `municipality`: by name; absent: the first. Errors: no such one, an operator role that is not
    // exactly one, an endpoint of another Region, an untrusted or missing CA bundle.
    static Expected<std::unique_ptr<AwsClient>, CommandFailure> make(
        boost::asio::any_io_executor executor,
        const Project& project,
        const std::optional<std::string>& municipality,
        const Environment& environment,
        Terminal* debug  // tells each exchange there; null: no --debug. Outlives the client
    );

    session::BedrockClient& bedrock() { return *bedrock_; }

private:
    explicit AwsClient(const Environment& environment) : environment_(environment) {}
    Expected<void, CommandFailure> set_up(
        boost::asio::any_io_executor executor,
        const Project& project,
        const config::Municipality& municipality,
        Terminal* debug
    );

    const Environment& environment_;  // outlives this
    net::SystemClock clock_;
    net::SystemRandom random_;
    net::SystemFiles files_;
    net::SystemProcess process_;
    net::SystemTimer timer_;
    std::unique_ptr<net::DnsResolver> resolver_;
    std::unique_ptr<net::ClientPool> pool_;
    std::unique_ptr<DebugTransport> debug_;
    std::optional<session::CallState> sts_, bedrock_state_;
    std::unique_ptr<session::ProviderChain> chain_;
    std::unique_ptr<session::Crossing> crossing_;
    std::unique_ptr<session::BedrockClient> bedrock_;
};

}  // namespace kakehashi::cli
