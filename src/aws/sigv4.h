#pragma once

#include "aws/credentials.h"
#include "base/expected.h"
#include "base/time.h"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// AWS Signature Version 4: making signatures and checking them, in the Authorization header and
// presigned. Source: IAM User Guide, "AWS Signature Version 4 for API requests".
namespace kakehashi::aws {

inline constexpr std::chrono::seconds kPresignedMax{604800};

// Region and service that a signature is for: {"ap-northeast-1", "bedrock"}.
struct SigningScope {
    std::string region, service;
    friend bool operator==(const SigningScope&, const SigningScope&) = default;
};

// The key that a secret gives for a day (20261124) and a scope. Deriving it takes four HMACs, so
// the last one is kept. Thread rule: one strand.
class SigningKey {
public:
    // Borrows from this, until the next call.
    const std::string& of(
        const SecretString& secret,
        std::string_view day,
        const SigningScope& scope
    );

    // "20261124/ap-northeast-1/sts/aws4_request", of the last key.
    const std::string& scope_text() const { return scope_text_; }

private:
    SecretString secret_, key_;
    std::string day_, scope_text_;
    SigningScope scope_;
};

// S3 encodes the path once and takes it as it stands, and may leave a body unsigned
// (UNSIGNED-PAYLOAD); every other service encodes twice, normalises, and signs the body.
enum class SigningRules { General, S3 };

// What is signed, borrowed for the call. `path` and `query` as they stand in the request target;
// header names in any case.
struct RequestView {
    std::string_view method, path, query;
    std::span<const std::pair<std::string_view, std::string_view>> headers;
    std::string_view body;
};

// The headers to add. Host must already be among the request's headers.
struct SignatureHeaders {
    std::string date;           // x-amz-date
    std::string authorization;  // Authorization
    // x-amz-security-token is the credentials' session token, when they have one
};

// Signs for one scope and keeps the key of the day. Every header passed in is signed but those
// that proxies change (RFC 9110 hop-by-hop, User-Agent). Thread rule: one strand.
class Signer {
public:
    explicit Signer(SigningScope scope, SigningRules rules = SigningRules::General)
        : scope_(std::move(scope)), rules_(rules) {}
    // With a header x-amz-content-sha256 its value is signed for the body's; else the body's own.
    SignatureHeaders sign(
        const RequestView& request,
        const Credentials& credentials,
        TimePoint now
    );

private:
    const std::string& date_of(TimePoint now);

    SigningScope scope_;
    SigningRules rules_;
    std::chrono::sys_seconds second_{};  // of `date_`
    std::string date_;
    SigningKey key_;
};

// A signature as it came with a request, not yet checked. Owns its text.
struct Signature {
    std::string access_key_id;
    std::string scope_date;  // 20261124
    SigningScope scope;
    std::vector<std::string> signed_headers;      // lower case, sorted, as sent
    std::string signature;                        // as sent: 64 hexadecimal digits fit
    TimePoint time;                               // X-Amz-Date
    std::optional<std::chrono::seconds> expires;  // presigned only
    std::string session_token;                    // "" when none came
};

enum class SignatureError {
    Missing,       // no Authorization header and no X-Amz-Signature
    Malformed,     // Authorization lacks a part or has it twice; `detail` names the part
    BadDate,       // no X-Amz-Date, or not one, or another day than the scope's
    UnsignedHost,  // host (HTTP/2: or :authority), or x-amz-security-token are not among the signed
                   // headers
    BodyDiffers,   // x-amz-content-sha256 does not fit the body
    Mismatch,      // not signed with this secret, or changed since
};
struct SignatureProblem {
    SignatureError error = SignatureError::Missing;
    std::string detail = {};
};

Expected<Signature, SignatureProblem> read_signature(const RequestView& request);

// In constant time. Time and scope are for the caller to judge: services differ in words and
// window.
Expected<void, SignatureProblem> check_signature(
    const Signature& signature,
    const RequestView& request,
    const SecretString& secret_access_key,
    SigningRules rules = SigningRules::General
);
// The same with the key at hand, if it was the last one asked for.
Expected<void, SignatureProblem> check_signature(
    const Signature& signature,
    const RequestView& request,
    const SecretString& secret_access_key,
    SigningKey& key,
    SigningRules rules = SigningRules::General
);

// `query` with X-Amz-Algorithm … X-Amz-Signature added: a presigned request, for `expires`.
// Requires: expires <= kPresignedMax. Headers are chosen and the body is signed as by Signer.
std::string presigned_query(
    const RequestView& request,
    const SigningScope& scope,
    const Credentials& credentials,
    TimePoint now,
    std::chrono::seconds expires,
    SigningRules rules = SigningRules::General
);

}  // namespace kakehashi::aws
