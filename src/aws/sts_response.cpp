#include "aws/sts_messages.h"
#include "base/text.h"

#include <expat.h>
#include <map>
#include <memory>

namespace kakehashi::aws {
namespace {

constexpr std::string_view kNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";
constexpr std::size_t kElementsMax = 256;

// --- writing ---

// What stands for a character that cannot stand for itself; "" for one that can. XML 1.0 has no way
// to write most control characters: they become U+FFFD.
std::string_view escape(char c) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '\r':
            return "&#xD;";
        case '\n':
        case '\t':
            return "";
        default:
            return static_cast<unsigned char>(c) < 0x20 ? "\uFFFD" : "";
    }
}

// Elements one after the other, in one piece of memory.
class XmlWriter {
public:
    XmlWriter() { xml_.reserve(kBytesExpected); }

    XmlWriter& markup(std::string_view text) {
        xml_ += text;
        return *this;
    }
    XmlWriter& leaf(std::string_view name, std::string_view text) {
        markup("<").markup(name).markup(">");
        is_utf8(text) ? escaped(text) : escaped(shown(text, text.size() * 8));
        return markup("</").markup(name).markup(">");
    }
    std::string take() { return std::move(xml_); }

private:
    static constexpr std::size_t kBytesExpected = 1536;  // an AssumeRole response with its token

    void escaped(std::string_view text) {
        std::size_t written = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const auto instead = escape(text[i]);
            if (instead.empty()) continue;
            xml_.append(text.substr(written, i - written)).append(instead);
            written = i + 1;
        }
        xml_ += text.substr(written);
    }

    std::string xml_;
};

XmlWriter result_of(std::string_view operation) {
    XmlWriter xml;
    xml.markup("<").markup(operation).markup("Response xmlns=\"").markup(kNamespace).markup("\">");
    xml.markup("<").markup(operation).markup("Result>");
    return xml;
}

std::string finished(XmlWriter xml, std::string_view operation, std::string_view request_id) {
    xml.markup("</").markup(operation).markup("Result><ResponseMetadata>");
    xml.leaf("RequestId", request_id).markup("</ResponseMetadata></");
    return xml.markup(operation).markup("Response>").take();
}

// --- reading ---

using Kind = StsResponseError::Kind;
using Leaves = std::map<std::string, std::string, std::less<>>;  // "A/B/C" → its text

// Turns expat's events into leaves. Stops at whatever a response of STS never has.
class LeafReader {
public:
    Expected<Leaves, StsResponseError> read(std::string_view xml) {
        if (xml.size() > kStsResponseBytesMax) return Failure{StsResponseError{Kind::TooLarge}};
        const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
            XML_ParserCreate("UTF-8"), &XML_ParserFree
        );
        if (!parser) return Failure{StsResponseError{Kind::TooLarge}};
        parser_ = parser.get();
        XML_SetUserData(parser_, this);
        XML_SetElementHandler(parser_, &LeafReader::on_start, &LeafReader::on_end);
        XML_SetCharacterDataHandler(parser_, &LeafReader::on_text);
        XML_SetStartDoctypeDeclHandler(parser_, &LeafReader::on_doctype);
        const auto status = XML_Parse(parser_, xml.data(), static_cast<int>(xml.size()), XML_TRUE);
        if (failed_) return Failure{*failed_};
        if (status != XML_STATUS_OK) return Failure{StsResponseError{Kind::NotXml}};
        return std::move(leaves_);
    }

private:
    static LeafReader& self(void* user) { return *static_cast<LeafReader*>(user); }

    static void XMLCALL on_start(void* user, const XML_Char* name, const XML_Char**) {
        LeafReader& reader = self(user);
        if (++reader.depth_ > kStsResponseDepthMax) return reader.stop(Kind::TooDeep);
        if (++reader.elements_ > kElementsMax) return reader.stop(Kind::TooLarge);
        reader.path_ += reader.path_.empty() ? "" : "/";
        reader.path_ += name;
        reader.text_.clear();
        reader.in_leaf_ = true;
    }

    static void XMLCALL on_end(void* user, const XML_Char*) {
        LeafReader& reader = self(user);
        if (reader.in_leaf_ && !reader.leaves_.emplace(reader.path_, reader.text_).second)
            return reader.stop(Kind::Wrong, reader.path_);  // twice
        reader.in_leaf_ = false;
        --reader.depth_;
        const std::size_t slash = reader.path_.rfind('/');
        reader.path_.resize(slash == std::string::npos ? 0 : slash);
    }

    static void XMLCALL on_text(void* user, const XML_Char* text, int length) {
        LeafReader& reader = self(user);
        if (reader.in_leaf_) reader.text_.append(text, static_cast<std::size_t>(length));
    }

    static void XMLCALL
    on_doctype(void* user, const XML_Char*, const XML_Char*, const XML_Char*, int) {
        self(user).stop(Kind::Forbidden);
    }

    void stop(Kind kind, std::string element = {}) {
        if (!failed_) failed_ = StsResponseError{kind, std::move(element)};
        XML_StopParser(parser_, XML_FALSE);
    }

    XML_Parser parser_ = nullptr;  // owned by read()
    Leaves leaves_;
    std::string path_, text_;
    std::size_t depth_ = 0, elements_ = 0;
    bool in_leaf_ = false;
    std::optional<StsResponseError> failed_;
};

// Leaves below one element; remembers the first that is missing.
class Fields {
public:
    Fields(Leaves& leaves, std::string below) : leaves_(leaves), below_(std::move(below)) {}

    std::string take(std::string_view name) {
        auto value = take_optional(name);
        if (!value || value->empty()) {
            if (!missing_) missing_ = StsResponseError{Kind::Missing, std::string(name)};
            return {};
        }
        return *std::move(value);
    }
    std::optional<std::string> take_optional(std::string_view name) {
        const auto found = leaves_.find(below_ + std::string(name));
        if (found == leaves_.end()) return std::nullopt;
        return std::move(found->second);
    }
    const std::optional<StsResponseError>& missing() const { return missing_; }

private:
    Leaves& leaves_;  // outlives this
    std::string below_;
    std::optional<StsResponseError> missing_;
};

std::string take_request_id(Leaves& leaves, const std::string& response) {
    return Fields(leaves, response + "/ResponseMetadata/").take_optional("RequestId").value_or("");
}

}  // namespace

std::string encode(const AssumeRoleResponse& response) {
    const Credentials& credentials = response.credentials;
    XmlWriter xml = result_of("AssumeRole");
    xml.markup("<AssumedRoleUser>").leaf("AssumedRoleId", response.assumed_role_id);
    xml.leaf("Arn", response.assumed_role_arn).markup("</AssumedRoleUser><Credentials>");
    xml.leaf("AccessKeyId", credentials.access_key_id);
    xml.leaf("SecretAccessKey", credentials.secret_access_key.reveal());
    xml.leaf("SessionToken", credentials.session_token.reveal());
    xml.leaf("Expiration", to_iso8601(response.expiration)).markup("</Credentials>");
    if (response.packed_policy_size)
        xml.leaf("PackedPolicySize", std::to_string(*response.packed_policy_size));
    if (response.source_identity) xml.leaf("SourceIdentity", *response.source_identity);
    return finished(std::move(xml), "AssumeRole", response.request_id);
}

std::string encode(const GetCallerIdentityResponse& response) {
    XmlWriter xml = result_of("GetCallerIdentity");
    xml.leaf("Arn", response.arn).leaf("UserId", response.user_id);
    xml.leaf("Account", response.account);
    return finished(std::move(xml), "GetCallerIdentity", response.request_id);
}

std::string encode_sts_error(const Rejection& rejection, std::string_view request_id) {
    XmlWriter xml;
    xml.markup("<ErrorResponse xmlns=\"").markup(kNamespace).markup("\"><Error>");
    xml.leaf("Type", rejection.status < 500 ? "Sender" : "Receiver").leaf("Code", rejection.code);
    xml.leaf("Message", rejection.message).markup("</Error>");
    return xml.leaf("RequestId", request_id).markup("</ErrorResponse>").take();
}

Expected<AssumeRoleResponse, StsResponseError> decode_assume_role_response(std::string_view xml) {
    KAKEHASHI_TRY(Leaves leaves, LeafReader().read(xml));
    Fields result(leaves, "AssumeRoleResponse/AssumeRoleResult/");
    AssumeRoleResponse response;
    response.credentials.access_key_id = result.take("Credentials/AccessKeyId");
    response.credentials.secret_access_key =
        SecretString(result.take("Credentials/SecretAccessKey"));
    response.credentials.session_token = SecretString(result.take("Credentials/SessionToken"));
    const std::string expiration = result.take("Credentials/Expiration");
    response.assumed_role_id = result.take("AssumedRoleUser/AssumedRoleId");
    response.assumed_role_arn = result.take("AssumedRoleUser/Arn");
    response.source_identity = result.take_optional("SourceIdentity");
    const auto packed = result.take_optional("PackedPolicySize");
    response.request_id = take_request_id(leaves, "AssumeRoleResponse");
    if (result.missing()) return Failure{*result.missing()};

    const auto time = parse_iso8601(expiration);
    if (!time) return Failure{StsResponseError{Kind::Wrong, "Credentials/Expiration"}};
    response.expiration = *time;
    if (packed) {
        const auto size = parse_count(*packed);
        if (!size || *size > 1'000'000)  // per cent of the limit
            return Failure{StsResponseError{Kind::Wrong, "PackedPolicySize"}};
        response.packed_policy_size = static_cast<int>(*size);
    }
    return response;
}

Expected<GetCallerIdentityResponse, StsResponseError> decode_get_caller_identity_response(
    std::string_view xml
) {
    KAKEHASHI_TRY(Leaves leaves, LeafReader().read(xml));
    Fields result(leaves, "GetCallerIdentityResponse/GetCallerIdentityResult/");
    GetCallerIdentityResponse response;
    response.user_id = result.take("UserId");
    response.account = result.take("Account");
    response.arn = result.take("Arn");
    response.request_id = take_request_id(leaves, "GetCallerIdentityResponse");
    if (result.missing()) return Failure{*result.missing()};
    return response;
}

Message describe(const StsResponseError& error) {
    switch (error.kind) {
        case Kind::TooLarge:
            return {"aws.sts_response.too_large"_msg};
        case Kind::NotXml:
            return {"aws.sts_response.not_xml"_msg};
        case Kind::Forbidden:
            return {"aws.sts_response.forbidden"_msg};
        case Kind::TooDeep:
            return {"aws.sts_response.too_deep"_msg};
        case Kind::Missing:
            return {"aws.sts_response.missing"_msg, {{"element", error.element}}};
        case Kind::Wrong:
            break;
    }
    return {"aws.sts_response.wrong"_msg, {{"element", error.element}}};
}

}  // namespace kakehashi::aws
