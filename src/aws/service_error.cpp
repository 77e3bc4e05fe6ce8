#include "aws/service_error.h"

#include "base/json.h"
#include "base/text.h"

#include <algorithm>
#include <expat.h>
#include <memory>

namespace kakehashi::aws {
namespace {

using enum ErrorClass;

constexpr ErrorCode kStsCodes[] = {
    {"AccessDenied", 403, AccessDenied},
    {"ExpiredToken", 403, Expired},
    {"ExpiredTokenException", 400, Expired},
    {"IncompleteSignature", 400, Credentials},
    {"InternalFailure", 500, Transient},
    {"InvalidAction", 400, Validation},
    {"InvalidClientTokenId", 403, Credentials},
    {"InvalidParameterValue", 400, Validation},
    {"MalformedPolicyDocument", 400, Validation},
    {"MissingAction", 400, Validation},
    {"MissingAuthenticationToken", 403, Credentials},
    {"MissingParameter", 400, Validation},
    {"OptInRequired", 403, AccessDenied},
    {"PackedPolicyTooLarge", 400, Validation},
    {"RegionDisabledException", 403, AccessDenied},
    {"RequestExpired", 400, ClockSkew},
    {"ServiceUnavailable", 503, Transient},
    {"SignatureDoesNotMatch", 403, Signature},
    {"Throttling", 400, Throttling},
    {"ValidationError", 400, Validation},
};

constexpr ErrorCode kBedrockCodes[] = {
    {"AccessDeniedException", 403, AccessDenied},
    {"ConflictException", 400, Validation},
    {"ExpiredTokenException", 403, Expired},
    {"IncompleteSignatureException", 403, Credentials},
    {"InternalFailure", 500, Transient},
    {"InternalServerException", 500, Transient},
    {"InvalidSignatureException", 403, Signature},
    {"MissingAuthenticationTokenException", 403, Credentials},
    {"ModelErrorException", 424, ModelFailed},
    {"ModelNotReadyException", 429, Transient},
    {"ModelStreamErrorException", 424, ModelFailed},
    {"ModelTimeoutException", 408, ModelFailed},
    {"RequestExpired", 403, ClockSkew},
    {"RequestTimeTooSkewed", 403, ClockSkew},
    {"ResourceNotFoundException", 404, NotFound},
    {"ServiceQuotaExceededException", 400, Quota},
    {"ServiceUnavailableException", 503, Transient},
    {"ThrottlingException", 429, Throttling},
    {"UnknownOperationException", 404, Validation},
    {"UnrecognizedClientException", 403, Credentials},
    {"ValidationException", 400, Validation},
};

ErrorClass class_of_status(int status) {
    if (status == 429) return Throttling;
    if (status == 500 || status == 502 || status == 503 || status == 504) return Transient;
    if (status == 401 || status == 403) return AccessDenied;
    if (status == 404) return NotFound;
    return status == 400 ? Validation : Unknown;
}

// "aws.bedrock#ThrottlingException:http://internal.amazon.com/…" → "ThrottlingException".
std::string_view bare_name(std::string_view text) {
    text = text.substr(0, text.find(':'));
    return trimmed(text.substr(text.rfind('#') == text.npos ? 0 : text.rfind('#') + 1));
}

// The first of `keys` that holds text.
std::string_view first_string(
    const json::value& body,
    std::initializer_list<std::string_view> keys
) {
    for (std::string_view key : keys) {
        if (const auto text = json::find_string(body, key)) return *text;
    }
    return {};
}

// --- XML ---

constexpr std::size_t kXmlDepthMax = 16;

struct FreeParser {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<std::remove_pointer_t<XML_Parser>, FreeParser>;

// Where the reading stands: the names of the open elements, joined by '/'.
struct XmlError {
    XML_Parser parser = nullptr;
    std::string path = {};
    std::size_t depth = 0;
    Remote remote = {};

    std::string* slot() {
        if (path == "/ErrorResponse/Error/Code") return &remote.code;
        if (path == "/ErrorResponse/Error/Message") return &remote.text;
        if (path == "/ErrorResponse/RequestId") return &remote.request_id;
        return nullptr;
    }
};

void XMLCALL on_open(void* data, const XML_Char* name, const XML_Char** /*attributes*/) {
    auto& error = *static_cast<XmlError*>(data);
    if (++error.depth > kXmlDepthMax) XML_StopParser(error.parser, XML_FALSE);
    error.path.append("/").append(name);
}

void XMLCALL on_close(void* data, const XML_Char* /*name*/) {
    auto& error = *static_cast<XmlError*>(data);
    --error.depth;
    error.path.resize(error.path.rfind('/'));
}

void XMLCALL on_text(void* data, const XML_Char* text, int length) {
    auto& error = *static_cast<XmlError*>(data);
    if (std::string* slot = error.slot()) slot->append(text, static_cast<std::size_t>(length));
}

// Entities are nobody's need here and the way of "billion laughs".
void XMLCALL on_doctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    XML_StopParser(static_cast<XmlError*>(data)->parser, XML_FALSE);
}

Remote read_xml(std::string_view body) {
    const Parser parser(XML_ParserCreate("UTF-8"));
    if (!parser) return {};
    XmlError error{parser.get()};
    XML_SetUserData(parser.get(), &error);
    XML_SetElementHandler(parser.get(), on_open, on_close);
    XML_SetCharacterDataHandler(parser.get(), on_text);
    XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);
    const auto status =
        XML_Parse(parser.get(), body.data(), static_cast<int>(body.size()), XML_TRUE);
    if (status != XML_STATUS_OK) return {};  // half an error is not told apart from a made-up one
    return std::move(error.remote);
}

}  // namespace

std::span<const ErrorCode> error_codes(Service service) {
    if (service == Service::Sts) return kStsCodes;
    return kBedrockCodes;
}

const ErrorCode* find_error_code(Service service, std::string_view name) {
    const auto codes = error_codes(service);
    const auto found = std::find_if(codes.begin(), codes.end(), [&](const ErrorCode& code) {
        return code.name == name;
    });
    return found == codes.end() ? nullptr : &*found;
}

ErrorClass classify(Service service, const Remote& error) {
    const ErrorCode* known = find_error_code(service, error.code);
    if (!known) return class_of_status(error.status);
    // Both services say a wrong clock under the name of a wrong signature (aws-facts §1.4, §3.4).
    const bool skewed = error.text.starts_with("Signature expired") ||
                        error.text.starts_with("Signature not yet current");
    return known->kind == Signature && skewed ? ClockSkew : known->kind;
}

Remote parse_bedrock_error(const ErrorAnswer& answer) {
    Remote out{
        answer.status,
        std::string(bare_name(answer.error_type)),
        std::string(answer.request_id),
        {}};
    const auto body = json::parse(answer.body, kErrorBodyBytesMax);
    if (!body) return out;
    if (out.code.empty()) out.code = bare_name(first_string(*body, {"__type", "code"}));
    out.text = first_string(*body, {"message", "Message"});
    return out;
}

Remote parse_sts_error(const ErrorAnswer& answer) {
    Remote out;
    if (answer.body.size() <= kErrorBodyBytesMax) out = read_xml(answer.body);
    out.status = answer.status;
    if (out.request_id.empty()) out.request_id = answer.request_id;
    return out;
}

std::string error_code_of_member(std::string_view member) {
    std::string out(member);
    if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') {
        out[0] = static_cast<char>(out[0] - 'a' + 'A');
    }
    return out;
}

}  // namespace kakehashi::aws
