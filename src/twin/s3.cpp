#include "twin/s3.h"

#include "base/text.h"
#include "cloud/package_access.h"
#include "twin/authentication.h"
#include "twin/bedrock_answer.h"
#include "twin/call.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace kakehashi::twin {
namespace {

constexpr std::size_t kObjectBytesMax = 256U << 20U;

std::string joined(const std::vector<std::string>& segments, std::size_t first) {
    std::string out;
    for (std::size_t i = first; i < segments.size(); ++i) {
        out += (i == first ? "" : "/") + segments[i];
    }
    return out;
}

// Whether a key can be the path of a file below a folder, and of none above it.
bool is_path(const std::vector<std::string>& segments) {
    return std::all_of(segments.begin(), segments.end(), [](const std::string& segment) {
        return !segment.empty() && segment != "." && segment != ".." &&
               segment.find('/') == segment.npos && segment.find('\0') == segment.npos;
    });
}

class S3Call {
public:
    S3Call(State& state, const Standpoint& from, const http::Incoming& request)
        : state_(state),
          request_(request),
          call_(state, from, request, "s3.amazonaws.com", Service::S3),
          bucket_(cloud::al2023_bucket(state.world())) {}

    http::Response run() {
        const bool head = request_.method == "HEAD";
        call_.named(head ? "HeadObject" : "GetObject");
        const bool readable = head || request_.method == "GET";
        auto key = key_in_bucket();
        if (!readable || is_signed() || !key || key->empty()) return access_denied();
        call_.made_by(nobody());
        auto decided = cloud::authorize(
            state_.world(),
            nobody()->session,
            call_.facts(),
            cloud::public_object_legs(state_.world(), joined(*key, 0))
        );
        if (!decided.allowed()) {
            call_.refused(denial(), std::move(decided));
            return error(denial());
        }
        auto found = object(*key);
        if (!found) return refuse({404, "NoSuchKey", "The specified key does not exist."});
        return answer(*std::move(found));
    }

private:
    static const std::shared_ptr<const Issued>& nobody() {
        static const auto kNobody =
            std::make_shared<const Issued>(Issued{cloud::anonymous_session(), "", {}, {}, {}});
        return kNobody;
    }

    static aws::Rejection denial() { return {403, "AccessDenied", "Access Denied"}; }

    // In the header or presigned: credentials open nothing here that is not open without.
    bool is_signed() const {
        return request_.headers.find("authorization") ||
               query_parameter(request_.target, "X-Amz-Signature");
    }

    // The key's segments; nullopt: another bucket, or none.
    std::optional<std::vector<std::string>> key_in_bucket() const {
        auto segments = path_segments(request_.target);
        const std::string region = state_.world().region();
        const auto host = aws_host(request_);
        for (const std::string& service : {"s3." + region, "s3.dualstack." + region}) {
            if (host == bucket_ + "." + service + ".amazonaws.com") return segments;
            if (host == service + ".amazonaws.com") return below_bucket(std::move(segments));
        }
        if (host) return std::nullopt;
        return below_bucket(std::move(segments));
    }

    std::optional<std::vector<std::string>> below_bucket(std::vector<std::string> segments) const {
        if (segments.empty() || segments.front() != bucket_) return std::nullopt;
        segments.erase(segments.begin());
        return segments;
    }

    std::optional<std::string> object(const std::vector<std::string>& key) const {
        const auto& folder = state_.world().configuration().twin.s3.al2023;
        if (!folder) return built_in_mirror(joined(key, 0), origin());
        if (!is_path(key)) return std::nullopt;
        auto read = state_.read(*folder + "/" + joined(key, 0), kObjectBytesMax);
        if (!read) return std::nullopt;
        return *std::move(read);
    }

    // Whoever asked the listener's address can reach no name of AWS's.
    std::string origin() const {
        if (const auto host = request_.headers.find("host"); host && !aws_host(request_)) {
            return "https://" + std::string(*host) + "/" + bucket_;
        }
        return "https://" + bucket_ + ".s3.dualstack." + state_.world().region() + ".amazonaws.com";
    }

    http::Response answer(std::string body) {
        call_.succeeded();
        http::Response response = base();
        response.headers.add("Content-Type", "binary/octet-stream");
        response.body = std::move(body);
        return response;
    }

    http::Response access_denied() { return refuse(denial()); }

    http::Response refuse(const aws::Rejection& rejection) {
        call_.refused(cloud::Refusal{rejection, ""});
        return error(rejection);
    }

    // Our own words alone: nothing has to be escaped.
    http::Response error(const aws::Rejection& rejection) const {
        http::Response response = base();
        response.status = rejection.status;
        response.headers.add("Content-Type", "application/xml");
        response.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" +
                        rejection.code + "</Code><Message>" + rejection.message +
                        "</Message><RequestId>" + call_.request_id() +
                        "</RequestId><HostId>kakehashi-twin</HostId></Error>";
        return response;
    }

    http::Response base() const {
        http::Response response;
        response.headers.add("x-amz-request-id", call_.request_id());
        response.headers.add("x-amz-id-2", "kakehashi-twin");
        response.headers.add("Server", "AmazonS3");
        return response;
    }

    State& state_;
    const http::Incoming& request_;
    Call call_;
    std::string bucket_;
};

class S3 : public http::Handler {
public:
    S3(State& state, const Standpoint& from) : state_(state), from_(from) {}

    boost::asio::awaitable<http::Response> handle(http::Incoming request) override {
        co_return S3Call(state_, from_, request).run();
    }

private:
    State& state_;            // outlives this
    const Standpoint& from_;  // outlives this
};

}  // namespace

std::unique_ptr<http::Handler> make_s3(State& state, const Standpoint& from) {
    return std::make_unique<S3>(state, from);
}

}  // namespace kakehashi::twin
