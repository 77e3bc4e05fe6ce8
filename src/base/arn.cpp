#include "base/arn.h"

#include <array>

namespace kakehashi {
namespace {

bool is_account(std::string_view text) {
    return text.empty() || text == "aws" || is_account_id(text);  // "aws" owns the managed policies
}

}  // namespace

Expected<Arn, ArnError> parse_arn(std::string_view text) {
    if (text.size() > kArnBytesMax) return Failure{ArnError::TooLong};
    std::array<std::string, 5> parts;
    for (std::string& part : parts) {
        auto colon = text.find(':');
        if (colon == text.npos) return Failure{ArnError::NotAnArn};
        part = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    auto& [prefix, partition, service, region, account] = parts;
    if (prefix != "arn") return Failure{ArnError::NotAnArn};
    if (partition.empty() || service.empty() || text.empty()) return Failure{ArnError::EmptyPart};
    if (!is_account(account)) return Failure{ArnError::BadAccount};
    return Arn{partition, service, region, account, std::string(text)};
}

std::string to_string(const Arn& arn) {
    return "arn:" + arn.partition + ":" + arn.service + ":" + arn.region + ":" + arn.account + ":" +
           arn.resource;
}

bool is_account_id(std::string_view text) {
    return text.size() == 12 && text.find_first_not_of("0123456789") == text.npos;
}

}  // namespace kakehashi
