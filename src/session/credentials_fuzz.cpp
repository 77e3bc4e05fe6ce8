#include "base/json.h"
#include "base/time.h"
#include "session/endpoint.h"
#include "session/provider.h"
#include "session/retry.h"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace kakehashi;           // NOLINT(google-build-using-namespace)
using namespace kakehashi::session;  // NOLINT(google-build-using-namespace)

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

std::string written(CredentialForm form, const SessionCredentials& read) {
    json::object out;
    if (form == CredentialForm::Process) out["Version"] = 1;
    out["AccessKeyId"] = read.credentials.access_key_id;
    out["SecretAccessKey"] = read.credentials.secret_access_key.reveal();
    const char* token = form == CredentialForm::Process ? "SessionToken" : "Token";
    out[token] = read.credentials.session_token.reveal();
    if (read.expiration) out["Expiration"] = to_iso8601(*read.expiration);
    return json::serialize(out);
}

void check_credentials(CredentialForm form, std::string_view body) {
    const auto read = parse_credentials(form, body);
    if (!read) return require(!read.error().empty() && read.error().size() < 32);
    const auto again = parse_credentials(form, written(form, *read));
    require(again && again->credentials.access_key_id == read->credentials.access_key_id);
    require(written(form, *again) == written(form, *read));
}

void check_url(std::string_view text) {
    const auto url = parse_url(text);
    if (!url) return;
    require(!url->origin.host.empty() && url->target.starts_with('/'));
    const std::string whole = url->origin.scheme + "://" + host_header(url->origin) + url->target;
    const auto again = parse_url(whole);
    require(again && again->target == url->target && again->origin.scheme == url->origin.scheme);
    require(again->origin.host == url->origin.host && again->origin.port == url->origin.port);
}

}  // namespace

// What IMDS, ECS and credential_process answer, where they are, and how long to wait. Oracle: what
// is read is written and read as itself; every refusal names a member, never a value.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    check_credentials(CredentialForm::Metadata, text);
    check_credentials(CredentialForm::Process, text);
    check_url(text);
    if (const auto wait = parse_retry_after(text)) require(wait->count() >= 0);
    return 0;
}
