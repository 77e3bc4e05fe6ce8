#include "aws/sigv4.h"

#include "base/encoding.h"
#include "base/fence.h"
#include "base/hash.h"
#include "base/text.h"

#include <algorithm>
#include <array>

namespace kakehashi::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";
constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
constexpr std::string_view kDateHeader = "x-amz-date";
constexpr std::string_view kTokenHeader = "x-amz-security-token";
constexpr std::string_view kBodyHeader = "x-amz-content-sha256";
// Signed in place of Host over HTTP/2. Source: IAM User Guide, "Create a signed AWS API request".
constexpr std::string_view kAuthorityHeader = ":authority";
constexpr std::size_t kDayBytes = 8;  // 20261124

// RFC 9110 §7.6.1, and what proxies are known to add or change.
constexpr std::array<std::string_view, 12> kNotSigned = {
    "authorization",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id"};

using Parameter = std::pair<std::string, std::string>;   // of a query
using Field = std::pair<std::string, std::string_view>;  // lower-case name, value
using Problem = Failure<SignatureProblem>;

// "Trim": no space at the ends, one between words.
void append_collapsed(std::string& out, std::string_view value) {
    value = trimmed(value);
    if (value.find('\t') == value.npos && value.find("  ") == value.npos) {
        out += value;
        return;
    }
    bool space = false;
    for (char c : value) {
        const bool is_space = c == ' ' || c == '\t';
        if (!is_space) {
            out += c;
        } else if (!space) {
            out += ' ';
        }
        space = is_space;
    }
}

// RFC 3986 §5.2.4, and empty segments go as well.
std::string without_dot_segments(std::string_view path) {
    std::vector<std::string_view> kept;
    for (std::string_view segment : split(path, '/')) {
        if (segment == "..") {
            if (!kept.empty()) kept.pop_back();
        } else if (!segment.empty() && segment != ".") {
            kept.push_back(segment);
        }
    }
    std::string out;
    for (std::string_view segment : kept) {
        out.append("/").append(segment);
    }
    if (kept.empty() || path.ends_with('/')) out += '/';
    return out;
}

bool is_normal(std::string_view path) {
    return path.starts_with('/') && path.find("//") == path.npos && path.find("/.") == path.npos;
}

// "Create a canonical request": every service but S3 encodes the path a second time.
std::string canonical_path(std::string_view path, SigningRules rules) {
    if (rules == SigningRules::S3) return path.empty() ? "/" : std::string(path);
    if (is_normal(path)) return percent_encoded(path, "/");
    return percent_encoded(without_dot_segments(path), "/");
}

// What cannot be decoded stands for itself.
std::string recoded(std::string_view text) {
    const auto decoded = percent_decoded(text);
    return percent_encoded(decoded ? std::string_view(*decoded) : text);
}

std::vector<Parameter> parameters(std::string_view query) {
    std::vector<Parameter> out;
    if (query.empty()) return out;
    for (std::string_view pair : split(query, '&')) {
        const auto equals = pair.find('=');
        const auto value = equals == pair.npos ? std::string_view() : pair.substr(equals + 1);
        out.emplace_back(recoded(pair.substr(0, equals)), recoded(value));
    }
    return out;
}

std::string joined(const std::vector<Parameter>& parameters) {
    std::string out;
    for (const auto& [name, value] : parameters) {
        if (!out.empty()) out += '&';
        out.append(name).append("=").append(value);
    }
    return out;
}

std::string canonical_query(std::string_view query) {
    auto all = parameters(query);
    std::erase_if(all, [](const Parameter& p) { return p.first == "X-Amz-Signature"; });
    std::sort(all.begin(), all.end());
    return joined(all);
}

std::string joined_names(const std::vector<Field>& fields) {
    std::string out;
    out.reserve(fields.size() * 16);
    for (const auto& [name, value] : fields) {
        if (!out.empty()) out += ';';
        out += name;
    }
    return out;
}

// The lines of the canonical headers; fields of one name stand together and become one line.
void append_headers(std::string& out, const std::vector<Field>& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const bool same = i != 0 && fields[i].first == fields[i - 1].first;
        if (same) out.back() = ',';
        if (!same) out.append(fields[i].first).append(":");
        append_collapsed(out, fields[i].second);
        out += '\n';
    }
}

struct Canonical {
    std::string_view method, path, query, names, payload_hash;
    const std::vector<Field>& fields;
};

std::string canonical_request(const Canonical& parts) {
    std::string out;
    out.reserve(1024);
    out.append(parts.method).append("\n").append(parts.path).append("\n").append(parts.query);
    out += '\n';
    append_headers(out, parts.fields);
    return out.append("\n").append(parts.names).append("\n").append(parts.payload_hash);
}

std::string written_scope(std::string_view day, const SigningScope& scope) {
    std::string out;
    out.reserve(64);
    out.append(day).append("/").append(scope.region).append("/").append(scope.service);
    return out.append("/").append(kTerminator);
}

std::string string_to_sign(
    std::string_view date,
    std::string_view scope,
    std::string_view canonical
) {
    std::string out;
    out.reserve(192);
    out.append(kAlgorithm).append("\n").append(date).append("\n").append(scope).append("\n");
    return out.append(sha256_hex(canonical));
}

SecretString key_of(const SecretString& secret, std::string_view day, const SigningScope& scope) {
    const SecretString start("AWS4" + secret.reveal());
    const std::string_view steps[] = {day, scope.region, scope.service, kTerminator};
    SecretString key = start;
    for (std::string_view step : steps) {
        key = SecretString(std::string(view(hmac_sha256(key.reveal(), step))));
    }
    return key;
}

std::optional<std::string_view> find_header(const RequestView& request, std::string_view name) {
    for (const auto& [field, value] : request.headers) {
        if (equal_ignoring_case(field, name)) return value;
    }
    return std::nullopt;
}

bool is_signed(const std::string& name) {
    return name != kDateHeader && name != kTokenHeader &&
           std::find(kNotSigned.begin(), kNotSigned.end(), name) == kNotSigned.end();
}

// Fields of one name keep their order. They are few, and std::stable_sort would allocate.
void sort_by_name(std::vector<Field>& fields) {
    const auto before = [](const Field& a, const Field& b) { return a.first < b.first; };
    for (auto at = fields.begin(); at != fields.end(); ++at) {
        std::rotate(std::upper_bound(fields.begin(), at, *at, before), at, at + 1);
    }
}

std::vector<Field> fields_to_sign(const RequestView& request) {
    std::vector<Field> fields;
    fields.reserve(request.headers.size() + 2);
    for (const auto& [name, value] : request.headers) {
        std::string lower = lower_ascii(name);
        if (is_signed(lower)) fields.emplace_back(std::move(lower), value);
    }
    return fields;
}

// Names once each, for SignedHeaders.
std::string names_once(std::vector<Field> fields) {
    const auto same = [](const Field& a, const Field& b) { return a.first == b.first; };
    fields.erase(std::unique(fields.begin(), fields.end(), same), fields.end());
    return joined_names(fields);
}

std::string names_of(const std::vector<Field>& sorted) {
    const auto same = [](const Field& a, const Field& b) { return a.first == b.first; };
    const bool repeats = std::adjacent_find(sorted.begin(), sorted.end(), same) != sorted.end();
    return repeats ? names_once(sorted) : joined_names(sorted);
}

std::string payload_to_sign(const RequestView& request) {
    const auto given = find_header(request, kBodyHeader);
    return given ? std::string(*given) : sha256_hex(request.body);
}

std::string signature_of(std::string_view key, std::string_view text) {
    return hex(hmac_sha256(key, text));
}

// --- reading ---

Problem problem(SignatureError error, std::string_view detail) {
    return Failure{SignatureProblem{error, std::string(detail)}};
}

// The parts of a signature as they were sent, wherever they stood.
struct Sent {
    std::string credential, signed_headers, signature, date;
};

Expected<void, SignatureProblem> take(
    std::string& slot,
    std::string_view name,
    std::string_view text
) {
    if (!slot.empty() || text.empty()) return problem(SignatureError::Malformed, name);
    slot = text;
    return {};
}

// AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…, in any order.
Expected<Sent, SignatureProblem> read_authorization(std::string_view text) {
    if (!text.starts_with(kAlgorithm)) return problem(SignatureError::Malformed, kAlgorithm);
    text.remove_prefix(kAlgorithm.size());
    if (!text.starts_with(' ')) return problem(SignatureError::Malformed, kAlgorithm);
    Sent sent;
    for (std::string_view part : split(text, ',')) {
        part = trimmed(part);
        const auto equals = std::min(part.find('='), part.size());
        const auto name = part.substr(0, equals);
        const auto value = part.substr(std::min(equals + 1, part.size()));
        std::string* slot = name == "Credential"      ? &sent.credential
                            : name == "SignedHeaders" ? &sent.signed_headers
                            : name == "Signature"     ? &sent.signature
                                                      : nullptr;
        if (!slot) return problem(SignatureError::Malformed, "Authorization");
        if (auto taken = take(*slot, name, value); !taken) return Failure{taken.error()};
    }
    return sent;
}

Expected<std::vector<std::string>, SignatureProblem> read_signed_headers(std::string_view text) {
    std::vector<std::string> names;
    for (std::string_view name : split(text, ';')) {
        if (name.empty() || lower_ascii(name) != name || (!names.empty() && names.back() >= name)) {
            return problem(SignatureError::Malformed, "SignedHeaders");
        }
        names.emplace_back(name);
    }
    return names;
}

Expected<void, SignatureProblem> read_credential(std::string_view text, Signature& into) {
    const auto parts = split(text, '/');
    const bool empty =
        std::any_of(parts.begin(), parts.end(), [](auto part) { return part.empty(); });
    if (parts.size() != 5 || empty || parts[4] != kTerminator) {
        return problem(SignatureError::Malformed, "Credential");
    }
    into.access_key_id = parts[0];
    into.scope_date = parts[1];
    into.scope = {std::string(parts[2]), std::string(parts[3])};
    return {};
}

bool is_among(const std::vector<std::string>& names, std::string_view name) {
    return std::binary_search(names.begin(), names.end(), name);
}

Expected<Signature, SignatureProblem> read_sent(const Sent& sent, const RequestView& request) {
    if (sent.credential.empty()) return problem(SignatureError::Malformed, "Credential");
    if (sent.signed_headers.empty()) return problem(SignatureError::Malformed, "SignedHeaders");
    if (sent.signature.empty()) return problem(SignatureError::Malformed, "Signature");
    Signature out;
    if (auto read = read_credential(sent.credential, out); !read) return Failure{read.error()};
    KAKEHASHI_TRY(out.signed_headers, read_signed_headers(sent.signed_headers));
    out.signature = sent.signature;
    const auto time = parse_basic_iso8601(sent.date);
    if (!time) return problem(SignatureError::BadDate, sent.date);
    if (!sent.date.starts_with(out.scope_date) || out.scope_date.size() != kDayBytes) {
        return problem(SignatureError::BadDate, out.scope_date);
    }
    out.time = *time;
    const auto& names = out.signed_headers;
    if (!is_among(names, "host") && !is_among(names, kAuthorityHeader)) {
        return problem(SignatureError::UnsignedHost, "host");
    }
    const auto token = find_header(request, kTokenHeader);
    if (token && !is_among(out.signed_headers, kTokenHeader)) {
        return problem(SignatureError::UnsignedHost, kTokenHeader);
    }
    if (token) out.session_token = *token;
    return out;
}

Expected<Signature, SignatureProblem> read_presigned(const RequestView& request) {
    Sent sent;
    std::string algorithm, expires, token;
    const std::pair<std::string_view, std::string*> slots[] = {
        {"X-Amz-Algorithm", &algorithm},
        {"X-Amz-Credential", &sent.credential},
        {"X-Amz-Date", &sent.date},
        {"X-Amz-SignedHeaders", &sent.signed_headers},
        {"X-Amz-Signature", &sent.signature},
        {"X-Amz-Expires", &expires},
        {"X-Amz-Security-Token", &token}};
    for (const auto& [name, value] : parameters(request.query)) {
        for (const auto& [slot_name, slot] : slots) {
            if (name != slot_name) continue;
            if (auto done = take(*slot, name, *percent_decoded(value)); !done) {
                return Failure{done.error()};
            }
        }
    }
    if (algorithm != kAlgorithm) return problem(SignatureError::Malformed, "X-Amz-Algorithm");
    const auto seconds = parse_count(expires);
    if (!seconds || *seconds > static_cast<std::size_t>(kPresignedMax.count())) {
        return problem(SignatureError::Malformed, "X-Amz-Expires");
    }
    KAKEHASHI_TRY(Signature out, read_sent(sent, request));
    out.expires = std::chrono::seconds(*seconds);
    if (!token.empty()) out.session_token = token;
    return out;
}

// --- checking ---

Expected<std::string, SignatureProblem> payload_to_check(
    const RequestView& request,
    SigningRules rules,
    bool presigned
) {
    const auto given = find_header(request, kBodyHeader);
    const bool may_be_unsigned = rules == SigningRules::S3;
    if (may_be_unsigned && (given ? *given == kUnsignedPayload : presigned)) {
        return std::string(kUnsignedPayload);
    }
    std::string own = sha256_hex(request.body);
    if (given && *given != own && in_force("authentication.body"))
        return problem(SignatureError::BodyDiffers, kBodyHeader);
    return own;
}

std::vector<Field> fields_signed(const Signature& signature, const RequestView& request) {
    std::vector<Field> fields;
    for (const auto& [name, value] : request.headers) {
        std::string lower = lower_ascii(name);
        if (lower == "host" && is_among(signature.signed_headers, kAuthorityHeader)) {
            fields.emplace_back(kAuthorityHeader, value);
        }
        if (is_among(signature.signed_headers, lower)) fields.emplace_back(std::move(lower), value);
    }
    sort_by_name(fields);
    return fields;
}

}  // namespace

const std::string& SigningKey::of(
    const SecretString& secret,
    std::string_view day,
    const SigningScope& scope
) {
    if (day_ != day || scope_ != scope || !(secret_ == secret)) {
        key_ = key_of(secret, day, scope);
        secret_ = secret;
        scope_text_ = written_scope(day, scope);
        day_ = day;
        scope_ = scope;
    }
    return key_.reveal();
}

const std::string& Signer::date_of(TimePoint now) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (date_.empty() || second != second_) date_ = to_basic_iso8601(now);
    second_ = second;
    return date_;
}

SignatureHeaders Signer::sign(
    const RequestView& request,
    const Credentials& credentials,
    TimePoint now
) {
    SignatureHeaders out;
    out.date = date_of(now);
    const auto day = std::string_view(out.date).substr(0, kDayBytes);
    const std::string& key = key_.of(credentials.secret_access_key, day, scope_);
    auto fields = fields_to_sign(request);
    fields.emplace_back(kDateHeader, out.date);
    const std::string& token = credentials.session_token.reveal();
    if (!token.empty()) fields.emplace_back(kTokenHeader, token);
    sort_by_name(fields);

    const std::string names = names_of(fields);
    const std::string path = canonical_path(request.path, rules_);
    const std::string query = canonical_query(request.query);
    const std::string payload = payload_to_sign(request);
    const auto canonical = canonical_request({request.method, path, query, names, payload, fields});
    const auto text = string_to_sign(out.date, key_.scope_text(), canonical);
    const auto signature = signature_of(key, text);

    out.authorization.reserve(256);
    out.authorization.append(kAlgorithm).append(" Credential=").append(credentials.access_key_id);
    out.authorization.append("/")
        .append(key_.scope_text())
        .append(", SignedHeaders=")
        .append(names);
    out.authorization.append(", Signature=").append(signature);
    return out;
}

std::string presigned_query(
    const RequestView& request,
    const SigningScope& scope,
    const Credentials& credentials,
    TimePoint now,
    std::chrono::seconds expires,
    SigningRules rules
) {
    const std::string date = to_basic_iso8601(now);
    const auto day = std::string_view(date).substr(0, kDayBytes);
    auto fields = fields_to_sign(request);
    sort_by_name(fields);
    const std::string names = names_of(fields);
    const std::string scope_of_day = written_scope(day, scope);

    auto all = parameters(request.query);
    const auto add = [&](std::string_view name, std::string_view value) {
        all.emplace_back(name, percent_encoded(value));
    };
    add("X-Amz-Algorithm", kAlgorithm);
    add("X-Amz-Credential", credentials.access_key_id + "/" + scope_of_day);
    add("X-Amz-Date", date);
    add("X-Amz-Expires", std::to_string(expires.count()));
    add("X-Amz-SignedHeaders", names);
    if (!credentials.session_token.empty()) {
        add("X-Amz-Security-Token", credentials.session_token.reveal());
    }
    std::string query = joined(all);
    const std::string path = canonical_path(request.path, rules);
    const bool unsigned_body = rules == SigningRules::S3 && !find_header(request, kBodyHeader);
    const auto payload = unsigned_body ? std::string(kUnsignedPayload) : payload_to_sign(request);
    const std::string sorted_query = canonical_query(query);
    const auto canonical =
        canonical_request({request.method, path, sorted_query, names, payload, fields});
    const auto key = key_of(credentials.secret_access_key, day, scope);
    return query.append("&X-Amz-Signature=")
        .append(signature_of(key.reveal(), string_to_sign(date, scope_of_day, canonical)));
}

Expected<Signature, SignatureProblem> read_signature(const RequestView& request) {
    const auto is_authorization = [](const auto& header) {
        return equal_ignoring_case(header.first, "authorization");
    };
    const auto count =
        std::count_if(request.headers.begin(), request.headers.end(), is_authorization);
    const auto query = parameters(request.query);
    const bool presigned = std::any_of(query.begin(), query.end(), [](const Parameter& p) {
        return p.first == "X-Amz-Signature" || p.first == "X-Amz-Algorithm";
    });
    if (count + (presigned ? 1 : 0) > 1) return problem(SignatureError::Malformed, "Authorization");
    if (presigned) return read_presigned(request);
    if (count == 0) return problem(SignatureError::Missing, "Authorization");
    KAKEHASHI_TRY(Sent sent, read_authorization(*find_header(request, "authorization")));
    sent.date = find_header(request, kDateHeader).value_or("");
    return read_sent(sent, request);
}

Expected<void, SignatureProblem> check_signature(
    const Signature& signature,
    const RequestView& request,
    const SecretString& secret_access_key,
    SigningRules rules
) {
    SigningKey key;
    return check_signature(signature, request, secret_access_key, key, rules);
}

Expected<void, SignatureProblem> check_signature(
    const Signature& signature,
    const RequestView& request,
    const SecretString& secret_access_key,
    SigningKey& key,
    SigningRules rules
) {
    auto payload = payload_to_check(request, rules, signature.expires.has_value());
    if (!payload) return Failure{payload.error()};
    std::string names;
    for (const std::string& name : signature.signed_headers) {
        if (!names.empty()) names += ';';
        names += name;
    }
    const auto fields = fields_signed(signature, request);
    const std::string path = canonical_path(request.path, rules);
    const std::string query = canonical_query(request.query);
    const auto canonical =
        canonical_request({request.method, path, query, names, *payload, fields});
    const auto& at_hand = key.of(secret_access_key, signature.scope_date, signature.scope);
    const auto text = string_to_sign(to_basic_iso8601(signature.time), key.scope_text(), canonical);
    if (!equal_in_constant_time(signature_of(at_hand, text), signature.signature)) {
        return problem(SignatureError::Mismatch, "Signature");
    }
    return {};
}

}  // namespace kakehashi::aws
