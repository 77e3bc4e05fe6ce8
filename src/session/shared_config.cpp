#include "session/shared_config.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

namespace kakehashi::session {
namespace {

enum class File { Config, Credentials };

constexpr std::size_t kLineBytesMax = 8192;  // the longest session tokens are half of it

struct SectionName {
    enum class Kind { Profile, Services, Other };
    Kind kind = Kind::Other;
    std::string name;
};

// Also without the carriage returns of an editor that writes them.
std::string_view stripped(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r";
    const auto begin = std::min(text.find_first_not_of(kSpace), text.size());
    return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

std::string_view unquoted(std::string_view text) {
    const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
    return quoted ? text.substr(1, text.size() - 2) : text;
}

SectionName read_section_name(std::string_view text, File file) {
    using Kind = SectionName::Kind;
    text = stripped(text);
    if (file == File::Credentials) return {Kind::Profile, std::string(unquoted(text))};
    if (text == "default") return {Kind::Profile, "default"};
    const auto space = std::min(text.find_first_of(" \t"), text.size());
    const auto kind = text.substr(0, space);
    std::string name(unquoted(stripped(text.substr(space))));
    if (kind == "profile") return {Kind::Profile, std::move(name)};
    if (kind == "services") return {Kind::Services, std::move(name)};
    return {};
}

}  // namespace

// Reads one file into a SharedConfig, line by line.
class SharedConfigReader {
public:
    SharedConfigReader(SharedConfig& into, File file, const std::string& path)
        : into_(into), file_(file), path_(path) {}

    Expected<void, Problem> read(std::string_view text) {
        if (text.size() > kSharedConfigBytesMax)
            return problem("session.shared_config.too_large"_msg);
        if (!is_utf8(text)) return problem("session.shared_config.not_utf8"_msg);
        if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
        for (std::string_view line : split(text, '\n')) {
            ++number_;
            if (auto read = read_line(line); !read) return read;
        }
        return {};
    }

private:
    Failure<Problem> problem(MessageId id) const {
        const std::string limit = std::to_string(kSharedSettingsMax);
        return Failure{
            Problem{Message{std::move(id), {{"limit", limit}}}, Location{path_, number_, {}}}};
    }

    Expected<void, Problem> read_line(std::string_view line) {
        if (line.size() > kLineBytesMax) return problem("session.shared_config.line_too_long"_msg);
        const auto content = stripped(line);
        if (content.empty() || content[0] == '#' || content[0] == ';') return {};
        if (++settings_ > kSharedSettingsMax) return problem("session.shared_config.too_many"_msg);
        if (line[0] == ' ' || line[0] == '\t') return read_indented(content);
        // Not line[0]: that may be a carriage return.
        if (content[0] == '[') return read_header(content);
        return read_setting(content);
    }

    Expected<void, Problem> read_header(std::string_view content) {
        const auto close = content.find(']');
        if (close == content.npos) return problem("session.shared_config.section"_msg);
        const auto rest = stripped(content.substr(close + 1));
        if (!rest.empty() && rest[0] != '#' && rest[0] != ';') {
            return problem("session.shared_config.section"_msg);
        }
        auto [kind, name] = read_section_name(content.substr(1, close - 1), file_);
        if (name.empty() && kind != SectionName::Kind::Other) {
            return problem("session.shared_config.section"_msg);
        }
        setting_ = nullptr;
        in_section_ = true;
        section_ = kind == SectionName::Kind::Profile    ? &into_.profiles_[name]
                   : kind == SectionName::Kind::Services ? &into_.services_[name]
                                                         : &ignored_;
        return {};
    }

    Expected<void, Problem> read_setting(std::string_view content) {
        if (!in_section_) return problem("session.shared_config.no_section"_msg);
        const auto equals = content.find('=');
        const auto key = stripped(content.substr(0, equals));
        if (equals == content.npos || key.empty())
            return problem("session.shared_config.setting"_msg);
        auto& setting = section_->settings_[lower_ascii(key)];
        const bool twice = setting.where.line != 0 && setting.where.file == path_;
        if (twice && section_ != &ignored_) return problem("session.shared_config.twice"_msg);
        setting = {
            SecretString(std::string(stripped(content.substr(equals + 1)))),
            {},
            {path_, number_, {}}};
        setting_ = &setting;
        return {};
    }

    // Under "key =" a group, under "key = value" more of the value.
    Expected<void, Problem> read_indented(std::string_view content) {
        if (section_ == &ignored_) return {};
        if (!setting_) return problem("session.shared_config.indented"_msg);
        if (!setting_->value.empty()) {
            setting_->value = SecretString(setting_->value.reveal() + "\n" + std::string(content));
            return {};
        }
        const auto equals = content.find('=');
        const auto key = stripped(content.substr(0, equals));
        if (equals == content.npos || key.empty())
            return problem("session.shared_config.setting"_msg);
        const auto value = std::string(stripped(content.substr(equals + 1)));
        if (!setting_->group.emplace(lower_ascii(key), SecretString(value)).second) {
            return problem("session.shared_config.twice"_msg);
        }
        return {};
    }

    SharedConfig& into_;  // outlives this
    File file_;
    const std::string& path_;  // outlives this
    std::size_t number_ = 0, settings_ = 0;
    bool in_section_ = false;
    Section ignored_;
    Section* section_ = nullptr;
    Setting* setting_ = nullptr;
};

const Setting* Section::find(std::string_view key) const {
    const auto found = settings_.find(key);
    if (found == settings_.end()) return nullptr;
    const Setting& setting = found->second;
    return setting.value.empty() && setting.group.empty() ? nullptr : &setting;
}

std::optional<std::string> Section::value(std::string_view key) const {
    const Setting* setting = find(key);
    if (!setting || setting->value.empty()) return std::nullopt;
    return setting->value.reveal();
}

const Section* SharedConfig::profile(std::string_view name) const {
    const auto found = profiles_.find(name);
    return found == profiles_.end() ? nullptr : &found->second;
}

std::optional<std::string> SharedConfig::endpoint_url(
    std::string_view profile_name,
    std::string_view service
) const {
    const Section* section = profile(profile_name);
    if (!section) return std::nullopt;
    if (const auto name = section->value("services")) {
        const auto services = services_.find(*name);
        const Setting* setting =
            services == services_.end() ? nullptr : services->second.find(service);
        if (setting) {
            const auto url = setting->group.find("endpoint_url");
            if (url != setting->group.end() && !url->second.empty()) return url->second.reveal();
        }
    }
    return section->value("endpoint_url");
}

Expected<SharedConfig, Problem> parse_shared_config(const SharedConfigFiles& files) {
    SharedConfig out;
    SharedConfigReader config(out, File::Config, files.config_path);
    if (auto read = config.read(files.config); !read) return Failure{read.error()};
    SharedConfigReader credentials(out, File::Credentials, files.credentials_path);
    if (auto read = credentials.read(files.credentials); !read) return Failure{read.error()};
    return out;
}

}  // namespace kakehashi::session
