#include "cli/project.h"

#include "cfn/template.h"
#include "design/render.h"

#include <array>
#include <map>
#include <system_error>
#include <utility>

namespace kakehashi::cli {
namespace {

std::optional<std::string> chosen_file(
    const std::optional<std::string>& named,
    const Environment& environment
) {
    if (named) return named;
    if (auto set = environment.get("KAKEHASHI_CONFIG"); set && !set->empty()) return set;
    for (const char* place : {"kakehashi.toml", "/etc/kakehashi/kakehashi.toml"}) {
        std::error_code failed;
        if (std::filesystem::exists(place, failed)) return place;
    }
    return std::nullopt;
}

constexpr std::size_t kSavedPoliciesMax = 2'000;  // AWS has some 1,400

// Each NAME.json of the folder of [templates] managed_policies.
void read_saved_policies(
    const Project& project,
    Files& files,
    Sources& sources,
    Problems& problems
) {
    const config::Templates& templates = project.configuration.templates;
    if (!templates.managed_policies) return;
    const std::string& folder = *templates.managed_policies;
    const Location where = templates.where.of("managed_policies");
    std::error_code failed;
    std::size_t count = 0;
    std::filesystem::directory_iterator each(project.file.parent_path() / folder, failed);
    for (; !failed && each != std::filesystem::directory_iterator(); each.increment(failed)) {
        if (each->path().extension() != ".json") continue;
        const std::string name = folder + "/" + each->path().filename().string();
        if (++count > kSavedPoliciesMax) {
            problems.push_back({{"cli.file.too_many"_msg, {{"file", folder}}}, where});
            return;
        }
        auto text = files.read(each->path().string(), cfn::kTemplateBytesMax);
        if (text) {
            sources.texts[name] = *std::move(text);
        } else {
            problems.push_back({unreadable(name, text.error()), where});
        }
    }
    if (failed) problems.push_back({unreadable(folder, FileError::NotFound), where});
}

}  // namespace

Message unreadable(const std::string& file, FileError error) {
    switch (error) {
        case FileError::NotFound:
            return {"cli.file.not_found"_msg, {{"file", file}}};
        case FileError::NotAllowed:
            return {"cli.file.not_allowed"_msg, {{"file", file}}};
        case FileError::TooLarge:
            return {"cli.file.too_large"_msg, {{"file", file}}};
        case FileError::NotAFile:
            return {"cli.file.not_a_file"_msg, {{"file", file}}};
        case FileError::Failed:
            break;
    }
    return {"cli.file.failed"_msg, {{"file", file}}};
}

Expected<Project, CommandFailure> open_project(
    const std::optional<std::string>& named,
    const Environment& environment,
    Files& files
) {
    const auto chosen = chosen_file(named, environment);
    if (!chosen) {
        return Failure{wrong_environment("no-configuration", {"cli.configuration.none"_msg})};
    }
    auto text = files.read(*chosen, config::kConfigurationBytesMax);
    if (!text) {
        return Failure{wrong_environment("file-unreadable", unreadable(*chosen, text.error()))};
    }
    auto configuration = config::read_configuration(*text, *chosen);
    if (!configuration) return Failure{wrong_files(std::move(configuration).error())};
    std::error_code failed;
    auto absolute = std::filesystem::weakly_canonical(*chosen, failed);
    if (failed) absolute = std::filesystem::absolute(*chosen, failed);
    return Project{std::move(absolute), *std::move(configuration)};
}

Expected<Sources, CommandFailure> read_sources(const Project& project, Files& files) {
    Sources sources{project.configuration, {}, {}};
    if (design::is_rendered(project.configuration)) {
        auto pair = design::render(project.configuration);
        if (!pair) return Failure{wrong_files(std::move(pair).error())};
        for (auto* templates :
             {&pair->operator_templates,
              &pair->municipality_templates,
              &pair->organization_templates}) {
            for (design::TemplateFile& file : *templates) {
                sources.rendered.push_back(file.name);
                sources.texts[file.name] = std::move(file.text);
            }
        }
        sources.configuration = std::move(pair->configuration);
    }
    Problems problems;
    for (const std::string& name : cloud::files_of(sources.configuration)) {
        if (sources.texts.contains(name)) continue;
        const auto path = project.file.parent_path() / name;
        auto text = files.read(path.string(), cfn::kTemplateBytesMax);
        if (text) {
            sources.texts[name] = *std::move(text);
        } else {
            problems.push_back({unreadable(name, text.error()), {project.configuration.file}});
        }
    }
    read_saved_policies(project, files, sources, problems);
    if (!problems.empty()) return Failure{wrong_files(std::move(problems))};
    return sources;
}

Expected<std::shared_ptr<const cloud::World>, CommandFailure> build_world(
    const Project& project,
    Files& files
) {
    KAKEHASHI_TRY(Sources sources, read_sources(project, files));
    auto world = cloud::build_world(std::move(sources.configuration), sources.texts);
    if (!world) return Failure{wrong_files(std::move(world).error())};
    return *std::move(world);
}

}  // namespace kakehashi::cli
