#include "aws/sigv4.h"

#include "base/encoding.h"
#include "base/json.h"
#include "base/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <utility>

namespace kakehashi::aws {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// A request that owns its text, so that a test can change it.
struct Sample {
    std::string method, path, query, body;
    Pairs headers;

    RequestView view() const {
        views.assign(headers.begin(), headers.end());
        return {method, path, query, views, body};
    }
    mutable std::vector<std::pair<std::string_view, std::string_view>> views = {};
};

// IAM User Guide, "Signature Version 4 signing process": the example with AKIDEXAMPLE.
const Credentials kExample{
    "AKIDEXAMPLE",
    SecretString("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    SecretString()};

TimePoint at(std::string_view text) {
    return parse_basic_iso8601(text).value();
}

SignatureError error_of(const Sample& sample) {
    auto read = read_signature(sample.view());
    EXPECT_FALSE(read);
    return read ? SignatureError::Mismatch : read.error().error;
}

TEST(SigV4, SignsThePublishedExamples) {
    struct Row {
        SigningScope scope;
        Sample request;
        std::string_view signature;
    };
    const Row rows[] = {
        {{"us-east-1", "iam"},
         {"GET",
          "/",
          "Action=ListUsers&Version=2010-05-08",
          "",
          {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
           {"Host", "iam.amazonaws.com"}}},
         "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
        {{"us-east-1", "service"},
         {"GET", "/", "", "", {{"Host", "example.amazonaws.com"}}},
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    };
    for (const auto& [scope, request, signature] : rows) {
        const auto out = Signer(scope).sign(request.view(), kExample, at("20150830T123600Z"));
        EXPECT_TRUE(out.authorization.ends_with(signature)) << out.authorization;
        EXPECT_EQ(out.date, "20150830T123600Z");
    }
}

// Amazon S3 API reference, "Authenticating requests": the header and the query example.
TEST(SigV4, SignsThePublishedExamplesOfS3) {
    const Credentials credentials{
        "AKIAIOSFODNN7EXAMPLE",
        SecretString("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        SecretString()};
    const SigningScope scope{"us-east-1", "s3"};
    const auto now = at("20130524T000000Z");
    const Sample get{"GET", "/test.txt", "", "", {{"Host", "examplebucket.s3.amazonaws.com"}}};
    Sample range = get;
    range.headers.emplace_back("Range", "bytes=0-9");
    range.headers.emplace_back(
        "x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    EXPECT_TRUE(Signer(scope, SigningRules::S3)
                    .sign(range.view(), credentials, now)
                    .authorization.ends_with(
                        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
                    ));
    const auto query = presigned_query(
        get.view(), scope, credentials, now, std::chrono::seconds(86400), SigningRules::S3
    );
    EXPECT_TRUE(query.ends_with(
        "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )) << query;
}

// --- botocore's signatures (tests/conformance/sigv4_vectors.py) ---

struct Vector {
    Sample sample;
    Credentials credentials;
    SigningScope scope;
    SigningRules rules = SigningRules::General;
    TimePoint now;
    std::string authorization, signed_query;
    std::optional<std::chrono::seconds> expires;
};

Vector read_vector(const std::string& line) {
    const auto row = json::parse(line);
    const auto text = [&](std::string_view key) {
        return std::string(*json::find_string(*row, key));
    };
    Vector out;
    out.sample = {text("method"), text("path"), text("query"), *from_base64(text("body")), {}};
    for (const auto& header : *json::find_array(*row, "headers")) {
        const auto& pair = header.as_array();
        out.sample.headers.emplace_back(pair[0].as_string().c_str(), pair[1].as_string().c_str());
    }
    out.credentials = {
        text("access_key"), SecretString(text("secret")), SecretString(text("token"))};
    out.scope = {text("region"), text("service")};
    out.rules = text("kind") == "s3" ? SigningRules::S3 : SigningRules::General;
    out.now = at(text("date"));
    out.authorization = text("authorization");
    out.signed_query = text("signed_query");
    if (const auto* expires = json::find(*row, "expires")) {
        out.expires = std::chrono::seconds(expires->as_int64());
    }
    return out;
}

// Those of the corpus, or the 5,000 of `./test --full`.
std::vector<Vector> read_vectors() {
    const char* named =
        std::getenv("KAKEHASHI_SIGV4_VECTORS");  // NOLINT(concurrency-mt-unsafe): one thread
    std::ifstream file(named ? named : KAKEHASHI_CORPUS "/sigv4_botocore.jsonl");
    std::vector<Vector> out;
    for (std::string line; std::getline(file, line);) {
        out.push_back(read_vector(line));
    }
    return out;
}

std::string signature_in(std::string_view query) {
    return std::string(query.substr(query.rfind("X-Amz-Signature=")));
}

// As botocore sent it.
Sample sent(const Vector& vector) {
    Sample out = vector.sample;
    out.query = vector.signed_query;
    if (vector.expires) return out;
    out.headers.emplace_back("X-Amz-Date", to_basic_iso8601(vector.now));
    const std::string& token = vector.credentials.session_token.reveal();
    if (!token.empty()) out.headers.emplace_back("X-Amz-Security-Token", token);
    out.headers.emplace_back("Authorization", vector.authorization);
    return out;
}

bool accepts(const Sample& request, const Vector& vector) {
    auto read = read_signature(request.view());
    // The key id chooses the secret and is no part of the signature.
    if (!read || read->access_key_id != vector.credentials.access_key_id) return false;
    return check_signature(
               *read, request.view(), vector.credentials.secret_access_key, vector.rules
    )
        .has_value();
}

TEST(SigV4, P31_SignsAsBotocore) {
    const auto vectors = read_vectors();
    ASSERT_GE(vectors.size(), 300U);
    for (const Vector& v : vectors) {
        if (v.expires) {
            const auto query = presigned_query(
                v.sample.view(), v.scope, v.credentials, v.now, *v.expires, v.rules
            );
            EXPECT_EQ(signature_in(query), signature_in(v.signed_query))
                << v.sample.path << v.sample.query;
        } else {
            const auto out = Signer(v.scope, v.rules).sign(v.sample.view(), v.credentials, v.now);
            EXPECT_EQ(out.authorization, v.authorization) << v.sample.path << "?" << v.sample.query;
        }
    }
}

TEST(SigV4, P31_AcceptsBotocore) {
    for (const Vector& v : read_vectors()) {
        auto read = read_signature(sent(v).view());
        ASSERT_TRUE(read) << read.error().detail;
        EXPECT_EQ(read->access_key_id, v.credentials.access_key_id);
        EXPECT_EQ(read->scope.region, v.scope.region);
        EXPECT_EQ(read->scope.service, v.scope.service);
        EXPECT_EQ(read->time, v.now);
        EXPECT_EQ(read->expires, v.expires);
        EXPECT_EQ(read->session_token, v.credentials.session_token.reveal());
        EXPECT_TRUE(accepts(sent(v), v)) << v.sample.path << "?" << v.sample.query;
    }
}

// The next letter or digit: never only another case, nor another spelling of the same.
char other(char c) {
    if (c == '9' || c == 'z' || c == 'Z') return 'b';
    const bool counted = (c >= '0' && c < '9') || (c >= 'a' && c < 'z') || (c >= 'A' && c < 'Z');
    return counted ? static_cast<char>(c + 1) : 'x';
}

TEST(SigV4, P31_RefusesEveryChangedByte) {
    constexpr std::size_t kTriedWhole = 60;
    std::size_t number = 0;
    for (const Vector& v : read_vectors()) {
        Sample request = sent(v);
        ++number;
        // Of the first every byte; of the others one of each part, so that it stays quick.
        const auto try_all = [&](std::string& text) {
            const std::size_t step =
                number <= kTriedWhole ? 1 : std::max<std::size_t>(text.size(), 1);
            for (std::size_t i = step == 1 ? 0 : number % step; i < text.size(); i += step) {
                const char before = std::exchange(text[i], other(text[i]));
                EXPECT_FALSE(accepts(request, v)) << text;
                text[i] = before;
            }
        };
        try_all(request.method);
        try_all(request.query);
        try_all(request.body);
        // "x/.." is no part of what is signed.
        if (request.path.find("..") == std::string::npos) try_all(request.path);
        for (auto& [name, value] : request.headers) {
            if (v.expires && name != "Host") continue;
            try_all(value);
        }
    }
}

// --- what is not a signature ---

Sample signed_sample() {
    Sample sample{
        "POST", "/model/a%3A0/converse", "b=2&a=1", "{}", {{"Host", "h"}, {"Content-Type", "x"}}};
    const Credentials credentials{"AKIDEXAMPLE", kExample.secret_access_key, SecretString("token")};
    auto out = Signer({"r", "s"}).sign(sample.view(), credentials, at("20150830T123600Z"));
    sample.headers.emplace_back("X-Amz-Date", out.date);
    sample.headers.emplace_back("X-Amz-Security-Token", "token");
    sample.headers.emplace_back("Authorization", out.authorization);
    return sample;
}

void set(Sample& sample, std::string_view name, const std::string& value) {
    std::erase_if(sample.headers, [&](const auto& header) { return header.first == name; });
    if (!value.empty()) sample.headers.emplace_back(name, value);
}

TEST(SigV4, NamesWhatIsWrongWithAnAuthorization) {
    const std::string scope = "AKIDEXAMPLE/20150830/r/s/aws4_request";
    const std::string names = "content-type;host;x-amz-date;x-amz-security-token";
    const auto header = [](const std::string& credential, const std::string& signed_headers) {
        return "AWS4-HMAC-SHA256 Credential=" + credential + ", SignedHeaders=" + signed_headers +
               ", Signature=00";
    };
    struct Row {
        std::string authorization;
        SignatureError error;
    };
    const Row rows[] = {
        {"", SignatureError::Missing},
        {"Bearer x", SignatureError::Malformed},
        {"AWS4-HMAC-SHA256", SignatureError::Malformed},
        {"AWS4-HMAC-SHA256X Credential=" + scope, SignatureError::Malformed},
        {"AWS4-HMAC-SHA256 Credential=" + scope, SignatureError::Malformed},
        {"AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=" + names,
         SignatureError::Malformed},
        {header(scope, names) + ", Signature=00", SignatureError::Malformed},
        {header(scope, names) + ", Other=00", SignatureError::Malformed},
        {header("AKIDEXAMPLE/20150830/r/s", names), SignatureError::Malformed},
        {header("AKIDEXAMPLE/20150830/r/s/aws3_request", names), SignatureError::Malformed},
        {header("AKIDEXAMPLE/20150830//s/aws4_request", names), SignatureError::Malformed},
        {header("AKIDEXAMPLE/20150831/r/s/aws4_request", names), SignatureError::BadDate},
        {header("AKIDEXAMPLE/2015/r/s/aws4_request", names), SignatureError::BadDate},
        {header(scope, "host;content-type"), SignatureError::Malformed},
        {header(scope, "Host"), SignatureError::Malformed},
        {header(scope, "host;host"), SignatureError::Malformed},
        {header(scope, "x-amz-security-token"), SignatureError::UnsignedHost},
        {header(scope, "host;x-amz-date"), SignatureError::UnsignedHost},
    };
    for (const auto& [authorization, error] : rows) {
        auto sample = signed_sample();
        set(sample, "Authorization", authorization);
        EXPECT_EQ(error_of(sample), error) << authorization;
    }
}

TEST(SigV4, RefusesAnotherDateOrTwoSignatures) {
    for (const char* date : {"", "20150831T123600Z", "2015-08-30T12:36:00Z", "20150830T126000Z"}) {
        auto sample = signed_sample();
        set(sample, "X-Amz-Date", date);
        EXPECT_EQ(error_of(sample), SignatureError::BadDate) << date;
    }
    auto twice = signed_sample();
    twice.headers.push_back(twice.headers.back());
    EXPECT_EQ(error_of(twice), SignatureError::Malformed);
    auto both = signed_sample();
    both.query += "&X-Amz-Signature=00";
    EXPECT_EQ(error_of(both), SignatureError::Malformed);
}

TEST(SigV4, HoldsABodyAgainstItsHeader) {
    struct Row {
        std::string sha256;
        SigningRules rules;
        bool accepted;
    };
    const std::string own =
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";  // of {}
    const Row rows[] = {
        {"", SigningRules::General, true},
        {own, SigningRules::General, true},
        {"0" + own.substr(1), SigningRules::General, false},
        {"UNSIGNED-PAYLOAD", SigningRules::General, false},
        {"UNSIGNED-PAYLOAD", SigningRules::S3, true},
        {"0" + own.substr(1), SigningRules::S3, false},
    };
    for (const auto& [sha256, rules, accepted] : rows) {
        Sample sample{"POST", "/a", "", "{}", {{"Host", "h"}}};
        if (!sha256.empty()) sample.headers.emplace_back("x-amz-content-sha256", sha256);
        auto out = Signer({"r", "s3"}, rules).sign(sample.view(), kExample, at("20150830T123600Z"));
        sample.headers.emplace_back("X-Amz-Date", out.date);
        sample.headers.emplace_back("Authorization", out.authorization);
        auto read = read_signature(sample.view());
        ASSERT_TRUE(read);
        auto checked = check_signature(*read, sample.view(), kExample.secret_access_key, rules);
        EXPECT_EQ(checked.has_value(), accepted) << sha256;
        if (!accepted) {
            EXPECT_EQ(checked.error().error, SignatureError::BodyDiffers);
        }
    }
}

// The AWS SDK for JavaScript signs :authority; a server knows its value as Host.
TEST(SigV4, TakesAuthorityForHost) {
    Sample sample{"POST", "/a", "", "{}", {{":authority", "h"}}};
    const auto out = Signer({"r", "s"}).sign(sample.view(), kExample, at("20150830T123600Z"));
    EXPECT_NE(out.authorization.find("SignedHeaders=:authority;"), std::string::npos);
    sample.headers = {{"x-amz-date", out.date}, {"authorization", out.authorization}};
    for (const auto& [host, accepted] : {std::pair("h", true), std::pair("other", false)}) {
        Sample received = sample;
        received.headers.emplace_back("host", host);
        const auto read = read_signature(received.view());
        ASSERT_TRUE(read);
        const auto checked = check_signature(*read, received.view(), kExample.secret_access_key);
        EXPECT_EQ(checked.has_value(), accepted) << host;
    }
}

TEST(SigV4, RefusesAPresignedQueryThatLacksAPart) {
    Sample sample{"GET", "/", "Action=GetCallerIdentity", "", {{"Host", "h"}}};
    const auto whole = presigned_query(
        sample.view(), {"r", "sts"}, kExample, at("20150830T123600Z"), std::chrono::seconds(60)
    );
    for (std::string_view part : split(whole, '&')) {
        if (!part.starts_with("X-Amz-")) continue;
        sample.query = replaced(whole, "&" + std::string(part), "");
        EXPECT_FALSE(read_signature(sample.view())) << part;
        sample.query = whole + "&" + std::string(part);
        EXPECT_FALSE(read_signature(sample.view())) << part;
    }
    sample.query = replaced(whole, "X-Amz-Expires=60", "X-Amz-Expires=604801");
    EXPECT_EQ(error_of(sample), SignatureError::Malformed);
}

// One signer, another day, another secret under the same id.
TEST(SigV4, KeepsTheKeyOfTheDayForItsDayAndSecretAlone) {
    const Sample sample{"GET", "/", "", "", {{"Host", "h"}}};
    const Credentials rotated{"AKIDEXAMPLE", SecretString("other"), SecretString()};
    Signer kept({"r", "s"});
    for (const auto* credentials : {&kExample, &rotated, &kExample}) {
        for (const char* date : {"20150830T123600Z", "20150830T123601Z", "20150831T000000Z"}) {
            const auto signature = kept.sign(sample.view(), *credentials, at(date));
            EXPECT_EQ(signature.date, date);
            EXPECT_EQ(
                signature.authorization,
                Signer({"r", "s"}).sign(sample.view(), *credentials, at(date)).authorization
            );
        }
    }
}

// A server keeps one for each secret; whatever it is asked next, it answers as if it kept none.
TEST(SigV4, ChecksWithTheKeyOfItsSecretDayAndScopeAlone) {
    const SecretString other("other");
    SigningKey kept;
    for (const char* service : {"s", "t"}) {
        for (const char* date : {"20150830T123600Z", "20150831T000000Z"}) {
            Sample sample{"GET", "/", "", "", {{"Host", "h"}}};
            const auto out = Signer({"r", service}).sign(sample.view(), kExample, at(date));
            sample.headers.emplace_back("X-Amz-Date", out.date);
            sample.headers.emplace_back("Authorization", out.authorization);
            const auto view = sample.view();
            const auto read = read_signature(view);
            ASSERT_TRUE(read);
            for (int again = 0; again < 2; ++again) {
                EXPECT_TRUE(check_signature(*read, view, kExample.secret_access_key, kept));
                EXPECT_TRUE(check_signature(*read, view, kExample.secret_access_key, kept));
                EXPECT_FALSE(check_signature(*read, view, other, kept));
            }
        }
    }
}

// "Trim": words stay as they are, one space between them, whatever stood there.
TEST(SigV4, CollapsesWhiteSpaceInValues) {
    const auto signed_with = [](const char* value) {
        const Sample sample{"GET", "/", "", "", {{"Host", "h"}, {"X-A", value}}};
        return Signer({"r", "s"}).sign(sample.view(), kExample, at("20150830T123600Z"));
    };
    for (const char* same : {" a b", "a  b ", "a\tb", "\ta \t b"}) {
        EXPECT_EQ(signed_with(same).authorization, signed_with("a b").authorization) << same;
    }
    EXPECT_NE(signed_with("ab").authorization, signed_with("a b").authorization);
}

}  // namespace
}  // namespace kakehashi::aws
