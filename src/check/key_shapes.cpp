#include "check/key_shapes.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace kakehashi::check {
namespace {

// In lower case. Source: AWS Service Authorization Reference, as of 2026-09-26 (condition keys of
// type ArrayOf…), and IAM User Guide, "AWS global condition context keys" ("Value type:
// Multivalued").
constexpr std::array<std::string_view, 13> kMultivalued = {
    "aws-marketplace:agreementtype",
    "aws-marketplace:productid",
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
    "sts:identitytokenaudience",
    "sts:requestcontextproviders",
    "sts:transitivetagkeys",
    "saml:edupersonaffiliation",
};
// The same sources: all others of the global keys, and of the services that this program judges.
constexpr std::array<std::string_view, 70> kSingle = {
    "aws:assumedroot",
    "aws:calledviaawsmcp",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:chatbotsourcearn",
    "aws:currenttime",
    "aws:ec2instancesourceprivateipv4",
    "aws:ec2instancesourcevpc",
    "aws:epochtime",
    "aws:federatedprovider",
    "aws:ismcpserviceaction",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalservicename",
    "aws:principaltype",
    "aws:referer",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:securetransport",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceidentity",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:tokenissuetime",
    "aws:useragent",
    "aws:userid",
    "aws:username",
    "aws:viaawsmcpservice",
    "aws:viaawsservice",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpcsourceip",
    "bedrock:bearertokentype",
    "bedrock:dataretentionmode",
    "bedrock:guardrailidentifier",
    "bedrock:inferenceprofilearn",
    "bedrock:inlineagentname",
    "bedrock:modelarn",
    "bedrock:projectarn",
    "bedrock:promptrouterarn",
    "bedrock:servicetier",
    "bedrock:thirdpartyknowledgebasecredentialssecretarn",
    "ec2:roledelivery",
    "ec2:sourceinstancearn",
    "glue:credentialissuingservice",
    "glue:roleassumedby",
    "identitystore:userid",
    "lambda:sourcefunctionarn",
    "ssm:sourceinstancearn",
    "sts:authorizedby",
    "sts:awsservicename",
    "sts:durationseconds",
    "sts:externalid",
    "sts:requestcontext",
    "sts:roleauthorizedbyidp",
    "sts:rolesessionname",
    "sts:signinidentitytype",
    "sts:sourceidentity",
    "sts:taskpolicyarn",
    "sts:webidentityidp",
};
static_assert(std::is_sorted(kSingle.begin(), kSingle.end()));
constexpr std::array<std::string_view, 3> kTags = {
    "aws:principaltag/",
    "aws:requesttag/",
    "aws:resourcetag/",
};

template <class Keys>
bool lists(const Keys& keys, std::string_view key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

Domain domain_of_key(std::string_view key) {
    const std::string lower = lower_ascii(key);
    const auto begins = [&](std::string_view tag) { return lower.starts_with(tag); };
    Domain out;
    out.may_be_one = !lists(kMultivalued, lower);
    const bool single = lists(kSingle, lower) || std::any_of(kTags.begin(), kTags.end(), begins);
    out.may_be_many = !single;
    return out;
}

}  // namespace kakehashi::check
