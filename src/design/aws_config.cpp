#include "base/text.h"
#include "design/render.h"

#include <utility>

namespace kakehashi::design {
namespace {

// Where the SDK finds the caller's own credentials. AWS SDKs and Tools Reference Guide, "Assume
// role credential provider", credential_source.
const char* credential_source(config::CallerKind kind) {
    switch (kind) {
        case config::CallerKind::Ec2:
            return "Ec2InstanceMetadata";
        case config::CallerKind::Ecs:
            return "EcsContainer";
        case config::CallerKind::Lambda:
            return "Environment";
    }
    return "";
}

// An SDK fills in nothing, so that the placeholders become a word.
std::string fixed_session_name(std::string name) {
    return replaced(replaced(std::move(name), "{host}", "sdk"), "{user}", "sdk");
}

std::string profile_of(
    const config::Configuration& configuration,
    const config::Municipality& municipality,
    const std::string& name
) {
    std::string out;
    if (municipality.caller.kind == config::CallerKind::Lambda) {
        const Message first{"design.aws_config.lambda"_msg, {{"profile", name}}};
        out += text(first, Language::English) + "\n" + text(first, Language::Japanese) + "\n";
    }
    out += "[profile " + name + "]\n";
    const auto line = [&out](std::string_view key, std::string_view value) {
        out.append(key).append(" = ").append(value).append("\n");
    };
    line("role_arn", municipality.role_arn.value_or(""));
    line("credential_source", credential_source(municipality.caller.kind));
    if (municipality.external_id) line("external_id", *municipality.external_id);
    line("role_session_name", fixed_session_name(municipality.session_name));
    line("region", configuration.bedrock.source_region);
    // The global endpoint is not in the VPC.
    line("sts_regional_endpoints", "regional");
    return out;
}

}  // namespace

std::string aws_config(const config::Configuration& filled_in) {
    std::string out = text(Message{"design.aws_config.about"_msg}, Language::English) + "\n" +
                      text(Message{"design.aws_config.about"_msg}, Language::Japanese) + "\n";
    const bool one = filled_in.municipalities.size() == 1;
    for (const config::Municipality& municipality : filled_in.municipalities) {
        if (!municipality.role_arn) continue;  // templates of others that do not say it
        out +=
            "\n" + profile_of(
                       filled_in, municipality, one ? "kakehashi" : "kakehashi-" + municipality.name
                   );
    }
    return out;
}

}  // namespace kakehashi::design
