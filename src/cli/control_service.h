#pragma once

#include "base/secret.h"
#include "http/handler.h"
#include "twin/twin.h"

#include <functional>

namespace kakehashi::cli {

// How `twin status`, `env`, `events`, `explain`, `clock` and `down` speak to a running twin: a few
// requests on a loopback port of its own, each with the token of the registry.
//
//   GET /status   GET /events   GET /explain?lang=ja[&output=json][&request-id=…][&place=…]
//   GET /environment   what AWS sets for the workload: {"NAME": "value"}
//   POST /clock?advance=SECONDS   POST /stop
//
// Thread rule: one strand. The twin outlives this.
class ControlService : public http::Handler {
public:
    ControlService(twin::Twin& twin, SecretString token, std::function<void()> stop)
        : twin_(twin), token_(std::move(token)), stop_(std::move(stop)) {}

    boost::asio::awaitable<http::Response> handle(http::Incoming request) override;

private:
    http::Response answer(const http::Incoming& request);
    http::Response environment() const;
    http::Response explain(const http::Incoming& request);
    http::Response clock(const http::Incoming& request);

    twin::Twin& twin_;
    SecretString token_;
    std::function<void()> stop_;
};

}  // namespace kakehashi::cli
