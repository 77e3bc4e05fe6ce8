#pragma once

#include "base/expected.h"
#include "base/message.h"
#include "base/problem.h"
#include "config/configuration.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

// A configuration becomes a pair of CloudFormation templates (docs/decisions/0010). Pure: same
// configuration, same bytes. Safe from every thread.
namespace kakehashi::design {

struct TemplateFile {
    std::string name;  // "operator.yaml", "operator-2.yaml", "municipality-NAME.yaml"
    std::string text;  // ends in the line of its digest
};

struct Pair {
    std::vector<TemplateFile> operator_templates;      // empty: the configuration names its own
    std::vector<TemplateFile> municipality_templates;  // of those that have no `template`
    // organization_scp: "organization.yaml", a template of its own, because policies of an
    // organisation can be made in its management account alone.
    std::vector<TemplateFile> organization_templates;
    // The given configuration, with `template`, `parameters` and `role_arn` filled in for what was
    // rendered, so that `cloud::build_world` takes it with the files above.
    config::Configuration configuration;
};

// Errors: what cannot be rendered (a profile that leaves the allowed Regions, overlapping
// networks, a municipality without an ExternalId, …), each with the line of kakehashi.toml.
Expected<Pair, Problems> render(const config::Configuration& configuration);

bool is_rendered(const config::Configuration& configuration);  // at least one account is

// The last line of a rendered file: "# kakehashi-digest: sha256:…" over all bytes before it. Behind
// a text that ends in a line "<!--" (a sheet) the comment is closed: "-->" is then the last line.
std::string with_digest(std::string text);
enum class Digest { Fits, Differs, None };  // None: not a file of ours
Digest digest_of(std::string_view text);

// `~/.aws/config` for a municipality: a profile with which any SDK crosses, and refreshes.
std::string aws_config(const config::Configuration& filled_in);

// The deployment sheet: order, commands, checks, how to undo, quotas, the price a month.
std::string deployment_sheet(const Pair& pair, Language language);

// A kakehashi.toml with comments, which renders and is proven once the account ids are right.
struct InitChoices {
    std::string operator_account, municipality_account;  // 12 digits
    std::string external_id;                             // 128 bits or more of chance
    Language language = Language::Japanese;
};
std::string starting_configuration(const InitChoices& choices);

}  // namespace kakehashi::design
