#include "cli/control_service.h"

#include "base/encoding.h"
#include "base/json.h"
#include "base/text.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <optional>
#include <string>
#include <utility>

namespace kakehashi::cli {
namespace {

http::Response respond(int status, std::string body) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    response.body = std::move(body);
    return response;
}

std::optional<std::string> parameter(const http::Incoming& request, std::string_view name) {
    const auto url = boost::urls::parse_origin_form(request.target);
    if (!url) return std::nullopt;
    for (const auto& each : url->params()) {
        if (std::string_view(each.key) == name) return each.value;
    }
    return std::nullopt;
}

}  // namespace

boost::asio::awaitable<http::Response> ControlService::handle(http::Incoming request) {
    co_return answer(request);
}

http::Response ControlService::answer(const http::Incoming& request) {
    const std::string given(request.headers.find("authorization").value_or(""));
    if (!equal_in_constant_time(given, "Bearer " + token_.reveal())) return respond(403, "");
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (request.method == "GET" && path == "/status") {
        return respond(200, to_iso8601(twin_.account_time()));
    }
    if (request.method == "GET" && path == "/environment") return environment();
    if (request.method == "GET" && path == "/events") {
        std::string lines;
        for (const std::string& event : twin_.events()) {
            lines += event + "\n";
        }
        return respond(200, std::move(lines));
    }
    if (request.method == "GET" && path == "/explain") return explain(request);
    if (request.method == "POST" && path == "/clock") return clock(request);
    if (request.method == "POST" && path == "/stop") {
        stop_();
        return respond(200, "");
    }
    return respond(404, "");
}

http::Response ControlService::environment() const {
    json::object variables;
    for (const auto& [name, value] : twin_.environment(twin_.first_standpoint())) {
        variables[name] = value.reveal();
    }
    return respond(200, json::serialize(variables));
}

http::Response ControlService::explain(const http::Incoming& request) {
    const auto id = parameter(request, "request-id");
    const Language language =
        parameter(request, "lang") == "ja" ? Language::Japanese : Language::English;
    const auto what = id ? std::optional<std::string_view>(*id) : std::nullopt;
    const auto place = cloud::find_place(twin_.world(), parameter(request, "place").value_or(""));
    const twin::Standpoint* from = place ? &twin_.stand_at(*place) : nullptr;
    const auto page = parameter(request, "output") == "json"
                          ? twin_.explain_as_json(what, language, from)
                          : twin_.explain(what, language, from);
    return page ? respond(200, *page) : respond(404, "");
}

http::Response ControlService::clock(const http::Incoming& request) {
    const auto seconds = parse_count(parameter(request, "advance").value_or(""));
    if (!seconds || *seconds > (1U << 30U)) return respond(400, "");
    twin_.advance(std::chrono::seconds(static_cast<std::int64_t>(*seconds)));
    return respond(200, to_iso8601(twin_.account_time()));
}

}  // namespace kakehashi::cli
