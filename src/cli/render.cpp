#include "cli/render.h"

#include "base/json.h"
#include "cfn/template.h"
#include "cli/project.h"
#include "design/render.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>

namespace kakehashi::cli {
namespace {

namespace fs = std::filesystem;

enum class Change { Added, Changed, Removed, Same };

const char* name(Change change) {
    switch (change) {
        case Change::Added:
            return "added";
        case Change::Changed:
            return "changed";
        case Change::Removed:
            return "removed";
        case Change::Same:
            return "same";
    }
    return "";
}

char mark(Change change) {
    constexpr std::string_view kMarks = "+~- ";
    return kMarks[static_cast<std::size_t>(change)];
}

struct ChangedFile {
    std::string name, text;  // text: what it becomes; "" when removed
    Change change = Change::Same;
    std::size_t lines_added = 0, lines_removed = 0;
    bool edited = false;  // by a person, since it was rendered
};

// A heading of Markdown would be what a `#` begins; in a comment, which the end of the file closes
// (CommonMark §4.6), nobody sees it.
std::string sheet_with_digest(std::string text) {
    return design::with_digest(std::move(text) + "<!--\n");
}

std::map<std::string, std::string> rendered_files(const design::Pair& pair) {
    std::map<std::string, std::string> out;
    for (const auto* templates :
         {&pair.operator_templates, &pair.municipality_templates, &pair.organization_templates}) {
        for (const design::TemplateFile& file : *templates)
            out[file.name] = file.text;
    }
    out["aws-config"] = design::with_digest(design::aws_config(pair.configuration));
    out["deployment.ja.md"] = sheet_with_digest(design::deployment_sheet(pair, Language::Japanese));
    out["deployment.en.md"] = sheet_with_digest(design::deployment_sheet(pair, Language::English));
    return out;
}

// How many lines only one of the two has.
void count_lines(const std::string& before, ChangedFile& file) {
    std::map<std::string_view, long> balance;
    const auto count = [&balance](std::string_view text, long by) {
        while (!text.empty()) {
            const auto line = text.substr(0, text.find('\n'));
            balance[line] += by;
            text.remove_prefix(std::min(line.size() + 1, text.size()));
        }
    };
    count(before, -1);
    count(file.text, 1);
    for (const auto& [line, left] : balance) {
        (left > 0 ? file.lines_added : file.lines_removed) +=
            static_cast<std::size_t>(left > 0 ? left : -left);
    }
}

// Templates of an earlier configuration that nobody has changed and nobody names: they would be
// deployed by mistake.
std::vector<std::string> left_over(
    const fs::path& folder,
    const std::map<std::string, std::string>& wanted,
    const config::Configuration& configuration,
    Files& files
) {
    const auto named = cloud::files_of(configuration);
    std::vector<std::string> out;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder, failed)) {
        const std::string name = entry.path().filename().string();
        const bool ours = (name.starts_with("operator") || name.starts_with("municipality") ||
                           name == "organization.yaml") &&
                          name.ends_with(".yaml");
        const auto is_named = [&name](const std::string& each) {
            return fs::path(each).filename().string() == name;
        };
        if (!ours || wanted.contains(name) || std::ranges::any_of(named, is_named)) continue;
        const auto text = files.read(entry.path().string(), cfn::kTemplateBytesMax);
        if (text && design::digest_of(*text) == design::Digest::Fits) out.push_back(name);
    }
    std::ranges::sort(out);
    return out;
}

Expected<std::vector<ChangedFile>, CommandFailure> changes(
    const fs::path& folder,
    const design::Pair& pair,
    const config::Configuration& configuration,
    Files& files
) {
    const auto wanted = rendered_files(pair);
    std::vector<ChangedFile> out;
    for (const auto& [name, text] : wanted) {
        ChangedFile file{name, text, Change::Added};
        const std::string path = (folder / name).string();
        const auto before = files.read(path, cfn::kTemplateBytesMax);
        if (!before && before.error() != FileError::NotFound) {
            return Failure{wrong_environment("file-unreadable", unreadable(path, before.error()))};
        }
        if (before && *before == text) file.change = Change::Same;
        if (before && *before != text) {
            file.change = Change::Changed;
            file.edited = design::digest_of(*before) != design::Digest::Fits;
            count_lines(*before, file);
        }
        out.push_back(std::move(file));
    }
    for (std::string& name : left_over(folder, wanted, configuration, files)) {
        out.push_back({std::move(name), "", Change::Removed});
    }
    return out;
}

std::string line_of(const ChangedFile& file) {
    std::string line = std::string(1, mark(file.change)) + " " + file.name;
    if (file.change == Change::Changed) {
        line += "  (+" + std::to_string(file.lines_added) + " -" +
                std::to_string(file.lines_removed) + ")";
    }
    return line + "\n";
}

json::object object_of(const ChangedFile& file) {
    return {
        {"name", file.name},
        {"change", name(file.change)},
        {"lines_added", file.lines_added},
        {"lines_removed", file.lines_removed},
        {"edited", file.edited}};
}

void show(const std::vector<ChangedFile>& files, Output output, Terminal& terminal) {
    json::array objects;
    std::string lines;
    for (const ChangedFile& file : files) {
        objects.push_back(object_of(file));
        if (file.change != Change::Same) lines += line_of(file);
    }
    terminal.answer(
        output == Output::Json ? json::serialize(json::object{{"files", std::move(objects)}}) + "\n"
                               : lines
    );
}

std::optional<CommandFailure> edited_by_a_person(
    const std::vector<ChangedFile>& files,
    const fs::path& folder
) {
    Problems problems;
    for (const ChangedFile& file : files) {
        if (!file.edited) continue;
        problems.push_back(
            {{"cli.render.edited"_msg, {{"file", file.name}}}, {(folder / file.name).string()}}
        );
    }
    if (problems.empty()) return std::nullopt;
    CommandFailure failure = wrong_files(std::move(problems));
    failure.code = "file-changed";
    return failure;
}

Expected<void, WriteError> write(
    const std::vector<ChangedFile>& changed,
    const fs::path& folder,
    FileWriter& writer
) {
    std::vector<NewFile> files;
    for (const ChangedFile& file : changed) {
        if (file.change == Change::Added || file.change == Change::Changed) {
            files.push_back({(folder / file.name).string(), file.text});
        }
    }
    if (auto written = writer.write(std::move(files), Existing::Replaced); !written) {
        return written;
    }
    for (const ChangedFile& file : changed) {
        if (file.change != Change::Removed) continue;
        if (auto removed = writer.remove((folder / file.name).string()); !removed) return removed;
    }
    return {};
}

}  // namespace

Exit run(
    const RenderOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files,
    FileWriter& writer
) {
    const auto refuse = [&](const CommandFailure& failure) {
        return report(terminal, options.output, failure);
    };
    const auto project = open_project(options.config, environment, files);
    if (!project) return refuse(project.error());
    if (!design::is_rendered(project->configuration)) {
        return refuse(wrong_environment("nothing-to-render", {"cli.render.nothing"_msg}));
    }
    auto pair = design::render(project->configuration);
    if (!pair) return refuse(wrong_files(std::move(pair).error()));
    const fs::path folder = options.out.value_or(".");
    const auto changed = changes(folder, *pair, project->configuration, files);
    if (!changed) return refuse(changed.error());
    const bool differs = std::ranges::any_of(*changed, [](const ChangedFile& file) {
        return file.change != Change::Same;
    });
    if (options.diff) {
        show(*changed, options.output, terminal);
        return differs ? Exit::Problem : Exit::Done;
    }
    if (!options.force) {
        if (const auto edited = edited_by_a_person(*changed, folder)) return refuse(*edited);
    }
    if (auto written = write(*changed, folder, writer); !written) {
        return refuse(not_written(written.error()));
    }
    show(*changed, options.output, terminal);
    if (options.output == Output::Text) {
        terminal.say(Message{
            differs ? "cli.render.next"_msg : "cli.render.same"_msg, {{"folder", folder.string()}}}
        );
    }
    return Exit::Done;
}

}  // namespace kakehashi::cli
