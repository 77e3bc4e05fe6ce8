#include "twin/imds.h"

#include "base/fence.h"
#include "base/ipv4.h"
#include "base/text.h"
#include "twin/metadata.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>

namespace kakehashi::twin {
namespace {

constexpr std::size_t kTokenSecondsMax = 21600;
constexpr std::size_t kTokensKept = 1000;
constexpr std::string_view kTtl = "X-aws-ec2-metadata-token-ttl-seconds";
constexpr std::string_view kToken = "/latest/api/token";
constexpr std::chrono::hours kForever{24};  // no client waits so long
constexpr std::string_view kCredentials = "/latest/meta-data/iam/security-credentials/";

http::Response text_response(int status, std::string body) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", "text/plain");
    response.headers.add("Server", "EC2ws");
    response.body = std::move(body);
    return response;
}

class Imds : public http::Handler {
public:
    Imds(State& state, const Standpoint& from) : state_(state), from_(from) {}

    boost::asio::awaitable<http::Response> handle(http::Incoming request) override {
        if (is_lost(request)) {
            refuse("IP TTL exceeded", "imds-hop-limit");
            co_await state_.timer.sleep_for(kForever);  // or until the client leaves
            co_return text_response(408, "");
        }
        co_return answer(request);
    }

private:
    http::Response answer(const http::Incoming& request) {
        const cloud::Instance* instance = from_.place().instance;
        if (!instance || instance->kind != cloud::Instance::Kind::Ec2) {
            return text_response(404, "");
        }
        if (!instance->metadata.endpoint_enabled) return refuse(403, "imds-unreachable");
        const std::string path = path_of(request);
        if (path == kToken) return token(request);
        if (request.method != "GET" && request.method != "HEAD") return text_response(405, "");
        if (const int refused = token_status(request, *instance)) return text_response(refused, "");
        return get(path, *instance);
    }

    static std::string path_of(const http::Incoming& request) {
        return request.target.substr(0, request.target.find('?'));
    }

    // The answer to a PUT leaves the instance with the hop limit as its TTL, so that it dies before
    // it is farther away than that. Source: EC2 API Reference, InstanceMetadataOptions.
    bool is_lost(const http::Incoming& request) const {
        const cloud::Place& place = from_.place();
        return place.instance && place.instance->kind == cloud::Instance::Kind::Ec2 &&
               place.hops > place.instance->metadata.hop_limit && request.method == "PUT" &&
               path_of(request) == kToken;
    }

    http::Response refuse(int status, const char* finding) {
        refuse("HTTP " + std::to_string(status), finding);
        return text_response(status, "");
    }

    // CloudTrail does not hear of the metadata service, but a person may ask why.
    void refuse(std::string what, const char* finding) {
        state_.journal.add_refusal(
            {state_.identifiers.request_id(), "GetInstanceMetadata", std::move(what), finding}
        );
    }

    http::Response token(const http::Incoming& request) {
        if (request.method != "PUT") return text_response(405, "");
        if (request.headers.find("X-Forwarded-For")) return text_response(403, "");
        const auto seconds = parse_count(request.headers.find(kTtl).value_or(""));
        if (!seconds || *seconds < 1 || *seconds > kTokenSecondsMax) return text_response(400, "");
        if (tokens_.size() >= kTokensKept) forget_old_tokens();
        std::string made = state_.identifiers.metadata_token();
        tokens_[made] = state_.clocks.account_time() + std::chrono::seconds(*seconds);
        http::Response response = text_response(200, std::move(made));
        response.headers.add(std::string(kTtl), std::to_string(*seconds));
        return response;
    }

    // 0: it may pass. A token that is given has to be a good one, also where none is required.
    int token_status(const http::Incoming& request, const cloud::Instance& instance) const {
        const auto given = request.headers.find("X-aws-ec2-metadata-token");
        if (!given) return instance.metadata.tokens_required && in_force("imds.token") ? 401 : 0;
        const auto found = tokens_.find(std::string(*given));
        const bool good = found != tokens_.end() && (state_.clocks.account_time() < found->second ||
                                                     !in_force("imds.token-expiry"));
        return good ? 0 : 401;
    }

    // Beyond the limit the oldest go, expired or not: what a program forgets here it asks for
    // again.
    void forget_old_tokens() {
        auto oldest = std::min_element(tokens_.begin(), tokens_.end(), [](auto& a, auto& b) {
            return a.second < b.second;
        });
        tokens_.erase(oldest);
    }

    http::Response get(const std::string& path, const cloud::Instance& instance) {
        if (path.starts_with(kCredentials) || path + "/" == kCredentials) {
            return credentials(path, instance);
        }
        if (path == "/latest/meta-data/iam/info") return profile(instance);
        if (path == "/latest/dynamic/instance-identity/document") return identity(instance);
        const Metadata metadata = metadata_of(state_.world(), instance);
        if (const auto found = metadata.find(path); found != metadata.end()) {
            return text_response(200, found->second);
        }
        const auto below = listing(metadata, path);
        return below ? text_response(200, *below) : text_response(404, "");
    }

    http::Response credentials(const std::string& path, const cloud::Instance& instance) {
        const auto issued = state_.instance_credentials(instance);
        if (!issued) {
            const auto& switches = state_.world().configuration().twin.switches;
            return refuse(static_cast<int>(switches.imds_no_profile_status), "no-instance-profile");
        }
        const std::string& role = issued->session.role->name;
        if (path.size() <= kCredentials.size()) return text_response(200, role);
        if (path.substr(kCredentials.size()) != role) return text_response(404, "");
        const json::object body{
            {"Code", "Success"},
            {"LastUpdated", to_iso8601(issued->session.issued)},
            {"Type", "AWS-HMAC"},
            {"AccessKeyId", issued->access_key_id},
            {"SecretAccessKey", issued->secret_access_key.reveal()},
            {"Token", issued->session_token.reveal()},
            {"Expiration", to_iso8601(*issued->expires)},
        };
        return text_response(200, json::serialize(body));
    }

    http::Response profile(const cloud::Instance& instance) {
        const auto* found =
            state_.world().instance_profile(instance.account, instance.instance_profile);
        if (!found) return text_response(404, "");
        const json::object body{
            {"Code", "Success"},
            {"LastUpdated", to_iso8601(state_.clocks.account_time())},
            {"InstanceProfileArn", found->arn},
            {"InstanceProfileId", found->unique_id},
        };
        return text_response(200, json::serialize(body));
    }

    http::Response identity(const cloud::Instance& instance) {
        const auto* subnet = state_.world().subnet(instance.subnet);
        const json::object body{
            {"accountId", instance.account},
            {"architecture", "x86_64"},
            {"availabilityZone", subnet ? subnet->zone : ""},
            {"billingProducts", nullptr},
            {"devpayProductCodes", nullptr},
            {"marketplaceProductCodes", nullptr},
            {"imageId", instance.image},
            {"instanceId", instance.id},
            {"instanceType", instance.type},
            {"kernelId", nullptr},
            {"pendingTime", to_iso8601(state_.clocks.account_time())},
            {"privateIp", ipv4_text(instance.address)},
            {"ramdiskId", nullptr},
            {"region", state_.world().region()},
            {"version", "2017-09-30"},
        };
        return text_response(200, json::serialize(body));
    }

    State& state_;                             // outlives this
    const Standpoint& from_;                   // outlives this
    std::map<std::string, TimePoint> tokens_;  // and when they expire
};

}  // namespace

std::unique_ptr<http::Handler> make_imds(State& state, const Standpoint& from) {
    return std::make_unique<Imds>(state, from);
}

}  // namespace kakehashi::twin
