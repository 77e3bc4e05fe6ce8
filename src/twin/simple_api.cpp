#include "twin/simple_api.h"

#include "base/encoding.h"
#include "base/text.h"

#include <algorithm>
#include <utility>

namespace kakehashi::twin {
namespace {

constexpr std::size_t kFileNameBytesMax = 255;
constexpr std::string_view kWheel = ".whl", kArchive = ".tar.gz";

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_plain(std::string_view file) {
    return std::all_of(file.begin(), file.end(), [](char c) {
        return is_alphanumeric(c) || std::string_view("._-+!").find(c) != std::string_view::npos;
    });
}

}  // namespace

std::string normalized_project(std::string_view name) {
    std::string out;
    for (char c : name) {
        const bool separator = c == '-' || c == '_' || c == '.';
        if (separator && out.ends_with('-')) continue;
        out += separator ? '-' : c;
    }
    return lower_ascii(out);
}

// A wheel's name is NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl, an archive's NAME-VERSION.tar.gz;
// older archives have '-' in their names.
std::optional<Distribution> parse_distribution(std::string_view file) {
    const bool wheel = file.ends_with(kWheel);
    if (!wheel && !file.ends_with(kArchive)) return std::nullopt;
    if (file.size() > kFileNameBytesMax || !is_plain(file)) return std::nullopt;
    const std::string_view stem = file.substr(0, file.size() - (wheel ? kWheel : kArchive).size());
    const auto parts = split(stem, '-');
    const bool shaped = wheel ? parts.size() == 5 || parts.size() == 6 : parts.size() >= 2;
    const auto empty = [](std::string_view part) { return part.empty(); };
    if (!shaped || std::any_of(parts.begin(), parts.end(), empty)) return std::nullopt;
    const std::string_view version = wheel ? parts[1] : parts.back();
    const std::string_view name =
        wheel ? parts[0] : stem.substr(0, stem.size() - version.size() - 1);
    if (!is_alphanumeric(name.front()) || !is_alphanumeric(version.front())) return std::nullopt;
    return Distribution{std::string(file), normalized_project(name), std::string(version)};
}

// Names are plain, so nothing has to be escaped but what an address cannot hold.
std::string project_page(
    const std::string& path,
    const std::string& project,
    const std::vector<Distribution>& distributions
) {
    std::string out = "<!DOCTYPE html>\n<html>\n<head>\n<title>Links for " + project +
                      "</title>\n</head>\n<body>\n<h1>Links for " + project + "</h1>\n";
    for (const Distribution& each : distributions) {
        out += "<a href=\"" + path + percent_encoded(each.version) + "/" +
               percent_encoded(each.file) + "#sha256=" + each.sha256 + "\">" + each.file +
               "</a><br/>\n";
    }
    return out + "</body>\n</html>\n";
}

}  // namespace kakehashi::twin
