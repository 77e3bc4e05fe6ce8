#include "twin/container_credentials.h"

#include "base/hash.h"

#include <utility>

namespace kakehashi::twin {
namespace {

http::Response json_text(int status, const json::object& body) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", "application/json");
    response.body = json::serialize(body);
    return response;
}

class ContainerCredentials : public http::Handler {
public:
    ContainerCredentials(State& state, const Standpoint& from) : state_(state), from_(from) {}

    boost::asio::awaitable<http::Response> handle(http::Incoming request) override {
        co_return answer(request);
    }

private:
    http::Response answer(const http::Incoming& request) {
        const cloud::Instance* task = from_.place().instance;
        const bool ecs = task && task->kind == cloud::Instance::Kind::Ecs;
        if (!ecs || request.target != container_credentials_path(*task)) {
            return refuse(404, "InvalidIdInRequest", "Credentials not found", "");
        }
        if (request.method != "GET") return refuse(405, "InvalidMethod", "Only GET", "");
        const auto issued = state_.instance_credentials(*task);
        if (!issued) {
            return refuse(
                404,
                "NoCredentialsAssociated",
                "the task role does not let ecs-tasks.amazonaws.com assume it, or is not there",
                "no-instance-profile"
            );
        }
        return json_text(
            200,
            {{"RoleArn", issued->session.role->arn},
             {"AccessKeyId", issued->access_key_id},
             {"SecretAccessKey", issued->secret_access_key.reveal()},
             {"Token", issued->session_token.reveal()},
             {"Expiration", to_iso8601(*issued->expires)}}
        );
    }

    http::Response refuse(
        int status,
        const char* code,
        const std::string& message,
        const char* finding
    ) {
        state_.journal.add_refusal(
            {state_.identifiers.request_id(), "GetContainerCredentials", message, finding}
        );
        return json_text(status, {{"code", code}, {"message", message}, {"HTTPErrorCode", status}});
    }

    State& state_;            // outlives this
    const Standpoint& from_;  // outlives this
};

}  // namespace

std::unique_ptr<http::Handler> make_container_credentials(State& state, const Standpoint& from) {
    return std::make_unique<ContainerCredentials>(state, from);
}

std::string container_credentials_path(const cloud::Instance& task) {
    return "/v2/credentials/" + stable_id(task.account + "/" + task.id, "0123456789abcdef", 32);
}

}  // namespace kakehashi::twin
