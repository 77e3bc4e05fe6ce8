#include "cli/judged_pair.h"

#include "base/arn.h"
#include "base/json.h"

#include <algorithm>
#include <utility>

namespace kakehashi::cli {
namespace {

constexpr const char* kNoFile = "(command line)";

Expected<std::string, CommandFailure> account_of(const std::optional<std::string>& given) {
    if (!given) return Failure{wrong_use("account-missing", {"cli.check.accounts"_msg})};
    if (is_account_id(*given)) return *given;
    return Failure{
        wrong_use("account-invalid", {"cli.init.account_form"_msg, {{"value", *given}}})};
}

Expected<Project, CommandFailure> project_of_flags(const CheckOptions& options) {
    if (options.operator_templates.empty() || options.municipality_templates.empty()) {
        return Failure{wrong_use("template-missing", {"cli.check.templates"_msg})};
    }
    Project project;
    project.file = std::filesystem::absolute(kNoFile);
    config::Configuration& configuration = project.configuration;
    configuration.file = kNoFile;
    KAKEHASHI_TRY(configuration.operator_account.account, account_of(options.operator_account));
    configuration.operator_account.templates = options.operator_templates;
    config::Municipality municipality;
    municipality.name = "municipality";
    KAKEHASHI_TRY(municipality.account, account_of(options.municipality_account));
    municipality.templates = options.municipality_templates;
    configuration.municipalities.push_back(std::move(municipality));
    return project;
}

// The first value that a condition of `policy` asks of sts:ExternalId.
std::optional<std::string> external_id_in(const json::value& policy) {
    if (const auto* list = policy.if_array()) {
        for (const json::value& each : *list) {
            if (auto found = external_id_in(each)) return found;
        }
    }
    const json::object* object = policy.if_object();
    if (!object) return std::nullopt;
    for (const auto& [key, value] : *object) {
        if (key == "sts:ExternalId") {
            const json::array* several = value.if_array();
            const json::value& first = several && !several->empty() ? several->front() : value;
            if (const auto* text = first.if_string()) return std::string(json::view(*text));
        }
        if (auto found = external_id_in(value)) return found;
    }
    return std::nullopt;
}

// Without a configuration nobody says what the caller sends: it is taken to be what is asked for
// (interfaces.md: "an ExternalId is not compared then").
std::optional<std::string> asked_external_id(const cloud::World& world) {
    const cloud::Account* account = world.account(world.configuration().operator_account.account);
    if (!account) return std::nullopt;
    for (const auto& stack : account->stacks) {
        for (const cfn::Resource& resource : stack->resources) {
            const json::value* trust = json::find(resource.properties, "AssumeRolePolicyDocument");
            if (!trust) continue;
            if (auto found = external_id_in(*trust)) return found;
        }
    }
    return std::nullopt;
}

}  // namespace

Expected<Project, CommandFailure> project_of(
    const CheckOptions& options,
    const Environment& environment,
    Files& files
) {
    const bool by_flags = !options.operator_templates.empty() ||
                          !options.municipality_templates.empty() || options.operator_account ||
                          options.municipality_account;
    if (!by_flags) return open_project(options.config, environment, files);
    if (options.config) return Failure{wrong_use("usage", {"cli.check.either"_msg})};
    return project_of_flags(options);
}

Expected<std::shared_ptr<const cloud::World>, CommandFailure> world_of(const Sources& sources) {
    auto world = cloud::build_world(sources.configuration, sources.texts);
    if (!world) return Failure{wrong_files(std::move(world).error())};
    return *std::move(world);
}

Expected<std::shared_ptr<const cloud::World>, CommandFailure> partial_world_of(
    const Sources& sources
) {
    auto world = cloud::build_partial_world(sources.configuration, sources.texts);
    // What leans on a resource that nobody could read is no news of its own.
    if (!world) return world_of(sources);
    return *std::move(world);
}

Expected<JudgedPair, CommandFailure> read_pair(
    const CheckOptions& options,
    Project project,
    Files& files
) {
    if (options.managed_policies) {
        project.configuration.twin.managed_policies = options.managed_policies;
    }
    KAKEHASHI_TRY(Sources sources, read_sources(project, files));
    // A question with yes for an answer needs the whole.
    const bool judges = options.can.empty() && options.diff.empty();
    const auto build = judges ? partial_world_of : world_of;
    KAKEHASHI_TRY(auto world, build(sources));
    if (sources.configuration.file == kNoFile) {
        if (auto asked = asked_external_id(*world)) {
            std::ranges::replace(*asked, '*', 'x');
            std::ranges::replace(*asked, '?', 'x');
            sources.configuration.municipalities.front().external_id = *std::move(asked);
            KAKEHASHI_TRY(world, build(sources));
        }
    }
    return JudgedPair{std::move(project), std::move(sources), std::move(world)};
}

}  // namespace kakehashi::cli
