#pragma once

#include "aws/sigv4.h"
#include "base/json.h"
#include "cloud/example_world.h"
#include "twin/standpoint.h"
#include "twin/twin.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// For tests: the twin of an example with single edits, a client at one place of it, and files in
// memory.
namespace kakehashi::twin {

class CountingTimer : public http::Timer {
public:
    boost::asio::awaitable<void> sleep_for(std::chrono::milliseconds duration) override {
        slept.push_back(duration);
        co_return;
    }
    std::vector<std::chrono::milliseconds> slept;
};

class FolderFiles : public Files {
public:
    std::map<std::string, std::string> texts;  // by path

    Expected<std::string, FileError> read(std::string path, std::size_t bytes_max) override {
        const auto found = texts.find(path);
        if (found == texts.end()) return Failure{FileError::NotFound};
        if (found->second.size() > bytes_max) return Failure{FileError::TooLarge};
        return found->second;
    }
    Expected<std::vector<std::string>, FileError> list(std::string folder, std::size_t) override {
        std::vector<std::string> names;
        for (const auto& [path, text] : texts) {
            const bool inside = path.starts_with(folder + "/");
            if (inside) names.push_back(path.substr(folder.size() + 1));
        }
        return names;
    }
};

struct Received {
    int status = 0;
    http::Headers headers = {};
    std::string body = {};

    std::string header(std::string_view name) const {
        return std::string(headers.find(name).value_or(""));
    }
    std::string member(std::string_view name) const {  // of a JSON object
        const auto read = json::parse(body);
        const auto found = read ? json::find_string(*read, name) : std::nullopt;
        return std::string(found.value_or(""));
    }
};

class ExampleTwin {
public:
    explicit ExampleTwin(
        const std::string& example,
        const std::vector<cloud::TextEdit>& edits = {},
        const std::string& where = "sample-city",
        unsigned hops = 1
    ) {
        auto world = cloud::example_world(example, edits);
        if (!world) {
            ADD_FAILURE() << cloud::all_texts(world.error());
            return;
        }
        auto place = cloud::find_place(**world, where);
        if (!place) {
            ADD_FAILURE() << text(place.error(), Language::English);
            return;
        }
        place->hops = hops;
        twin =
            std::make_unique<Twin>(*world, *place, Twin::Outside{clock, timer, &files, "/project"});
    }

    Received ask(Service service, http::Incoming request) {
        Received out;
        boost::asio::io_context io;
        boost::asio::co_spawn(
            io,
            keep(&twin->handler(service), std::move(request), &out),
            [](const std::exception_ptr& thrown) {
                if (thrown) std::rethrow_exception(thrown);
            }
        );
        io.run();
        return out;
    }

    Received get(
        Service service,
        std::string target,
        const std::vector<http::Header>& headers = {},
        std::string method = "GET"
    ) {
        return ask(service, {std::move(method), std::move(target), http::Headers(headers), {}, {}});
    }

    // Signed for the service; `host`: its name on AWS or the listener's address.
    Received call(
        Service service,
        const std::string& signing_name,
        http::Incoming request,
        const aws::Credentials& credentials,
        const std::string& host
    ) {
        request.headers.add("host", host);
        if (!credentials.session_token.empty()) {
            request.headers.add("x-amz-security-token", credentials.session_token.reveal());
        }
        std::vector<std::pair<std::string_view, std::string_view>> views;
        for (const http::Header& field : request.headers.fields()) {
            views.emplace_back(field.name, field.value);
        }
        const std::string_view target = request.target;
        const auto mark = target.find('?');
        const auto query = mark == target.npos ? std::string_view() : target.substr(mark + 1);
        aws::Signer signer({"ap-northeast-1", signing_name});
        const auto signature = signer.sign(
            {request.method, target.substr(0, mark), query, views, request.body},
            credentials,
            clock.now()
        );
        request.headers.add("x-amz-date", signature.date);
        request.headers.add("authorization", signature.authorization);
        return ask(service, std::move(request));
    }

    // As an instance gets them.
    aws::Credentials instance_credentials() {
        const Received token =
            get(Service::Imds,
                "/latest/api/token",
                {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}},
                "PUT");
        const std::vector<http::Header> with = {{"X-aws-ec2-metadata-token", token.body}};
        const std::string path = "/latest/meta-data/iam/security-credentials/";
        const std::string role = get(Service::Imds, path, with).body;
        return credentials_of(get(Service::Imds, path + role, with));
    }

    static aws::Credentials credentials_of(const Received& answer) {
        return {
            answer.member("AccessKeyId"),
            SecretString(answer.member("SecretAccessKey")),
            SecretString(answer.member("Token"))};
    }

    ManualClock clock{TimePoint{std::chrono::seconds(1'795'509'217)}};
    CountingTimer timer;
    FolderFiles files;
    std::unique_ptr<Twin> twin;

private:
    static boost::asio::awaitable<void> keep(
        http::Handler* handler,
        http::Incoming request,
        Received* out
    ) {
        http::Response response = co_await handler->handle(std::move(request));
        out->status = response.status;
        out->headers = std::move(response.headers);
        auto body = co_await http::read_all(std::move(response.body), 64U << 20U);
        out->body = body ? *std::move(body) : "(broken off)";
    }
};

}  // namespace kakehashi::twin
