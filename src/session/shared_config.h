#pragma once

#include "base/expected.h"
#include "base/problem.h"
#include "base/secret.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

// ~/.aws/config and ~/.aws/credentials, as the AWS CLI reads them:
//
//   [default]  [profile NAME]     config; [NAME] in credentials, whose keys win
//   [services NAME]               endpoint URLs; other kinds of section are passed over
//   key = value                   keys in any case; a line that starts with # or ; is a comment
//   key =                         and then indented lines: a group of keys (services), or else
//     name = value                the value goes on
//
// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files"; no comments
// after a value and no key twice in a section, as botocore has it.
namespace kakehashi::session {

inline constexpr std::size_t kSharedConfigBytesMax = 1U << 20U;
inline constexpr std::size_t kSharedSettingsMax = 20'000;  // of one file, its sections too

struct Setting {
    SecretString value;  // any of them may hold a key
    std::map<std::string, SecretString, std::less<>> group = {};
    Location where = {};
};

// The settings of one section. Owns its text.
class Section {
public:
    // nullptr: not there, or empty. Borrows from this.
    const Setting* find(std::string_view key) const;
    std::optional<std::string> value(std::string_view key) const;
    const std::map<std::string, Setting, std::less<>>& settings() const { return settings_; }

private:
    friend class SharedConfigReader;
    std::map<std::string, Setting, std::less<>> settings_;
};

class SharedConfig {
public:
    const Section* profile(std::string_view name) const;  // nullptr: there is none
    // `services = NAME` of the profile, [services NAME], SERVICE, endpoint_url; else the profile's
    // own endpoint_url. `service` as in the file: "sts", "bedrock_runtime".
    std::optional<std::string> endpoint_url(std::string_view profile, std::string_view service)
        const;

    const std::map<std::string, Section, std::less<>>& profiles() const { return profiles_; }
    const std::map<std::string, Section, std::less<>>& services() const { return services_; }

private:
    friend class SharedConfigReader;
    std::map<std::string, Section, std::less<>> profiles_, services_;
};

struct SharedConfigFiles {
    std::string config_path, config, credentials_path, credentials;  // "" for one that is not there
};

// Errors: the first line that cannot be read, with its file and number; never a value's text.
// Never throws. Safe from every thread.
Expected<SharedConfig, Problem> parse_shared_config(const SharedConfigFiles& files);

}  // namespace kakehashi::session
