#include "aws/sts_messages.h"

#include "aws/detail/violations.h"
#include "base/arn.h"
#include "base/encoding.h"
#include "base/text.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace kakehashi::aws {
namespace {

constexpr std::string_view kVersion = "2011-06-15";

// --- encoding ---

class Form {
public:
    explicit Form(std::string_view action) {
        add("Action", action);
        add("Version", kVersion);
    }
    void add(std::string_view name, std::string_view value) {
        if (!text_.empty()) text_ += '&';
        text_.append(name).append("=").append(percent_encoded(value));
    }
    void add(std::string_view name, const std::optional<std::string>& value) {
        if (value) add(name, std::string_view(*value));
    }
    std::string text() && { return std::move(text_); }

private:
    std::string text_;
};

std::string member(std::string_view list, std::size_t index, std::string_view tail) {
    return std::string(list) + ".member." + std::to_string(index + 1) + std::string(tail);
}

void add_lists(Form& form, const AssumeRoleRequest& request) {
    for (std::size_t i = 0; i < request.policy_arns.size(); ++i)
        form.add(member("PolicyArns", i, ".arn"), std::string_view(request.policy_arns[i]));
    for (std::size_t i = 0; i < request.tags.size(); ++i) {
        form.add(member("Tags", i, ".Key"), std::string_view(request.tags[i].key));
        form.add(member("Tags", i, ".Value"), std::string_view(request.tags[i].value));
    }
    for (std::size_t i = 0; i < request.transitive_tag_keys.size(); ++i)
        form.add(
            member("TransitiveTagKeys", i, ""), std::string_view(request.transitive_tag_keys[i])
        );
    for (std::size_t i = 0; i < request.provided_contexts.size(); ++i) {
        const ProvidedContext& context = request.provided_contexts[i];
        const auto name = [i](std::string_view tail) {
            return member("ProvidedContexts", i, tail);
        };
        form.add(name(".ProviderArn"), std::string_view(context.provider_arn));
        form.add(name(".ContextAssertion"), std::string_view(context.context_assertion));
    }
}

// --- decoding ---

// Characters of a pattern. AWS matches the whole value; `text` is what its message prints.
struct Pattern {
    std::string_view text;
    bool (*fits)(char32_t);
};
constexpr bool is_word(char32_t c) {
    return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || (c >= U'0' && c <= U'9') ||
           c == U'_';
}
constexpr bool is_in(char32_t c, std::u32string_view set) {
    return set.find(c) != set.npos;
}
constexpr Pattern kArnText{
    R"([\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+)",
    [](char32_t c) { return is_in(c, U"\t\n\r\u0085") || (c >= 0x20 && c <= 0x7E) || c >= 0xA0; }};
constexpr Pattern kPolicyText{R"([\u0009\u000A\u000D\u0020-\u00FF]+)", [](char32_t c) {
                                  return is_in(c, U"\t\n\r") || (c >= 0x20 && c <= 0xFF);
                              }};
constexpr Pattern kName{R"([\w+=,.@-]*)", [](char32_t c) {
                            return is_word(c) || is_in(c, U"+=,.@-");
                        }};
constexpr Pattern kExternalId{R"([\w+=,.@:\/-]*)", [](char32_t c) {
                                  return is_word(c) || is_in(c, U"+=,.@:/-");
                              }};
constexpr Pattern kSerialNumber{R"([\w+=/:,.@-]*)", [](char32_t c) {
                                    return is_word(c) || is_in(c, U"+=/:,.@-");
                                }};
constexpr Pattern kDigits{R"([\d]*)", [](char32_t c) { return c >= U'0' && c <= U'9'; }};
// Beyond ASCII every letter, mark and sign passes: the twin does not carry Unicode's categories.
constexpr auto kTagCharacter = [](char32_t c) {
    return is_word(c) || is_in(c, U" .:/=+-@") || c >= 0xA0;
};
constexpr Pattern kTagKey{R"([\p{L}\p{Z}\p{N}_.:/=+\-@]+)", kTagCharacter};
constexpr Pattern kTagValue{R"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", kTagCharacter};

struct Text {
    std::size_t min, max;
    const Pattern* pattern;
};
constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();
constexpr Text kArn{20, 2048, &kArnText}, kSessionName{2, 64, &kName},
    kPolicy{1, kUnbounded, &kPolicyText}, kTagKeyText{1, 128, &kTagKey},
    kTagValueText{0, 256, &kTagValue}, kExternal{2, 1224, &kExternalId},
    kSerial{9, 256, &kSerialNumber}, kToken{6, 6, &kDigits}, kAssertion{4, 2048, nullptr};

// Requires: is_utf8(text).
bool all_fit(std::string_view text, const Pattern& pattern) {
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<unsigned char>(text[i]);
        const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        char32_t c = length == 1 ? first : first & (0xFFU >> (length + 1));
        for (std::size_t k = 1; k < length; ++k)
            c = (c << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
        if (!pattern.fits(c)) return false;
        i += length;
    }
    return true;
}

using Parameters = std::map<std::string, std::string, std::less<>>;

Rejection malformed(std::string_view message) {  // code and words unverified
    return {400, "MalformedQueryString", std::string(message)};
}

Expected<Parameters, Rejection> read_parameters(std::string_view form) {
    if (form.size() > kStsRequestBytesMax) return Failure{malformed("Request is too large")};
    Parameters parameters;
    if (form.empty()) return parameters;
    for (const std::string_view pair : split(form, '&')) {
        const std::size_t equals = pair.find('=');
        const auto name = form_decoded(pair.substr(0, equals));
        const auto value =
            form_decoded(equals == pair.npos ? std::string_view() : pair.substr(equals + 1));
        if (!name || !value || !is_utf8(*name) || !is_utf8(*value))
            return Failure{malformed("The query string is not valid UTF-8 or not well encoded")};
        if (!parameters.emplace(*name, *value).second)
            return Failure{malformed("A parameter stands twice in the query string")};
        if (parameters.size() > kStsParametersMax) return Failure{malformed("Too many parameters")};
    }
    return parameters;
}

// Takes AssumeRole's members out of the parameters; what violates a constraint is collected.
class AssumeRoleReader {
public:
    explicit AssumeRoleReader(const Parameters& parameters) : parameters_(parameters) {}

    Expected<AssumeRoleRequest, Rejection> read() {
        AssumeRoleRequest request;  // in the order of the service model
        request.role_arn = required("RoleArn", "roleArn", kArn);
        request.role_session_name = required("RoleSessionName", "roleSessionName", kSessionName);
        request.policy_arns = policy_arns();
        request.policy = optional("Policy", "policy", kPolicy);
        request.duration = duration();
        request.tags = tags();
        request.transitive_tag_keys = transitive_tag_keys();
        request.external_id = optional("ExternalId", "externalId", kExternal);
        request.serial_number = optional("SerialNumber", "serialNumber", kSerial);
        request.token_code = token_code();
        request.source_identity = optional("SourceIdentity", "sourceIdentity", kSessionName);
        request.provided_contexts = provided_contexts();
        if (malformed_) return Failure{*malformed_};
        if (!violations_.empty()) return Failure{violations_.rejection("ValidationError")};
        const auto arn = parse_arn(request.role_arn);  // words unverified
        if (!arn || arn->service != "iam")
            return Failure{Rejection{400, "ValidationError", request.role_arn + " is invalid"}};
        return request;
    }

private:
    const std::string* find(std::string_view name) const {
        const auto found = parameters_.find(name);
        return found == parameters_.end() ? nullptr : &found->second;
    }

    void check(std::string_view path, const std::string& value, const Text& text) {
        if (text.pattern && !all_fit(value, *text.pattern))
            violations_.add(
                path,
                value,
                "Member must satisfy regular expression pattern: " + std::string(text.pattern->text)
            );
        const std::size_t length = character_count(value);
        if (length > text.max) violations_.add(path, value, detail::at_most(text.max));
        if (length < text.min) violations_.add(path, value, detail::at_least(text.min));
    }

    std::string required(std::string_view name, std::string_view path, const Text& text) {
        auto value = optional(name, path, text);
        if (!value) violations_.add_null(path);
        return value.value_or("");
    }

    std::optional<std::string> optional(
        std::string_view name,
        std::string_view path,
        const Text& text
    ) {
        const std::string* value = find(name);
        if (!value) return std::nullopt;
        check(path, *value, text);
        return *value;
    }

    std::optional<SecretString> token_code() {
        const std::string* value = find("TokenCode");
        if (!value) return std::nullopt;
        if (value->size() != kToken.min || !all_fit(*value, *kToken.pattern))
            violations_.add_unquoted(
                "tokenCode", "Member must satisfy regular expression pattern: [\\d]*"
            );
        return SecretString(*value);
    }

    std::optional<std::chrono::seconds> duration() {
        const std::string* value = find("DurationSeconds");
        if (!value) return std::nullopt;
        const bool negative = value->starts_with('-');
        const auto count = parse_count(std::string_view(*value).substr(negative ? 1 : 0));
        if (!count || *count > std::numeric_limits<std::int32_t>::max()) {  // words unverified
            malformed_ = Rejection{400, "MalformedInput", "DurationSeconds is not an integer"};
            return std::nullopt;
        }
        if (negative || *count < 900)
            violations_.add(
                "durationSeconds", *value, "Member must have value greater than or equal to 900"
            );
        else if (*count > 43200)
            violations_.add(
                "durationSeconds", *value, "Member must have value less than or equal to 43200"
            );
        return std::chrono::seconds(*count);
    }

    // The numbers N for which a parameter `prefix`N or `prefix`N.… stands, in order.
    std::vector<std::size_t> indexes(std::string_view prefix) const {
        std::vector<std::size_t> found;
        for (auto it = parameters_.lower_bound(prefix);
             it != parameters_.end() && it->first.starts_with(prefix);
             ++it) {
            const std::string_view rest = std::string_view(it->first).substr(prefix.size());
            const std::string_view digits = rest.substr(0, rest.find('.'));
            const auto number = parse_count(digits);
            if (number && *number > 0 && !digits.starts_with('0')) found.push_back(*number);
        }
        std::ranges::sort(found);
        found.erase(std::unique(found.begin(), found.end()), found.end());
        return found;
    }

    void check_size(std::string_view path, std::size_t size, std::size_t max) {
        if (size > max) violations_.add_unquoted(path, detail::at_most(max));
    }

    // For each element: its parameter's beginning "Tags.member.3" and its path "tags.1.member".
    template <class Read>
    auto list(std::string_view name, std::string_view path, std::size_t max, Read read) {
        const std::string prefix = std::string(name) + ".member.";
        std::vector<decltype(read(std::string(), std::string()))> elements;
        for (const std::size_t index : indexes(prefix)) {
            const std::string place = std::to_string(elements.size() + 1);
            elements.push_back(
                read(prefix + std::to_string(index), std::string(path) + "." + place + ".member")
            );
        }
        check_size(path, elements.size(), max);
        return elements;
    }

    std::vector<std::string> policy_arns() {
        return list("PolicyArns", "policyArns", 10, [this](auto name, auto path) {
            return required(name + ".arn", path + ".arn", kArn);
        });
    }
    std::vector<SessionTag> tags() {
        return list("Tags", "tags", 50, [this](auto name, auto path) {
            SessionTag tag;
            tag.key = required(name + ".Key", path + ".key", kTagKeyText);
            tag.value = required(name + ".Value", path + ".value", kTagValueText);
            return tag;
        });
    }
    std::vector<std::string> transitive_tag_keys() {
        return list("TransitiveTagKeys", "transitiveTagKeys", 50, [this](auto name, auto path) {
            return required(name, path, kTagKeyText);
        });
    }
    std::vector<ProvidedContext> provided_contexts() {
        return list("ProvidedContexts", "providedContexts", 5, [this](auto name, auto path) {
            ProvidedContext context;
            context.provider_arn = required(name + ".ProviderArn", path + ".providerArn", kArn);
            context.context_assertion =
                required(name + ".ContextAssertion", path + ".contextAssertion", kAssertion);
            return context;
        });
    }

    const Parameters& parameters_;  // outlives this
    detail::Violations violations_;
    std::optional<Rejection> malformed_;
};

}  // namespace

std::string encode(const AssumeRoleRequest& request) {
    Form form("AssumeRole");
    form.add("RoleArn", std::string_view(request.role_arn));
    form.add("RoleSessionName", std::string_view(request.role_session_name));
    form.add("Policy", request.policy);
    if (request.duration)
        form.add("DurationSeconds", std::string_view(std::to_string(request.duration->count())));
    form.add("ExternalId", request.external_id);
    form.add("SerialNumber", request.serial_number);
    if (request.token_code) form.add("TokenCode", std::string_view(request.token_code->reveal()));
    form.add("SourceIdentity", request.source_identity);
    add_lists(form, request);
    return std::move(form).text();
}

std::string encode(const GetCallerIdentityRequest&) {
    return Form("GetCallerIdentity").text();
}

Expected<StsRequest, Rejection> decode_sts_request(std::string_view form) {
    KAKEHASHI_TRY(const Parameters parameters, read_parameters(form));
    const auto action = parameters.find("Action");
    if (action == parameters.end())  // words unverified
        return Failure{Rejection{400, "MissingAction", "Missing Action"}};
    const auto version = parameters.find("Version");
    const std::string spoken =
        version == parameters.end() ? "NO_VERSION_SPECIFIED" : version->second;
    const bool known = action->second == "AssumeRole" || action->second == "GetCallerIdentity";
    if (!known || spoken != kVersion)
        return Failure{Rejection{
            400,
            "InvalidAction",
            "Could not find operation " + action->second + " for version " + spoken}};
    if (action->second == "GetCallerIdentity") return StsRequest(GetCallerIdentityRequest{});
    KAKEHASHI_TRY(AssumeRoleRequest request, AssumeRoleReader(parameters).read());
    return StsRequest(std::move(request));
}

}  // namespace kakehashi::aws
