#include "base/text.h"
#include "design/render.h"

#include <utility>

extern "C" const char kakehashi_data_starting_configuration_ja_toml[],
    kakehashi_data_starting_configuration_ja_toml_end[];
extern "C" const char kakehashi_data_starting_configuration_en_toml[],
    kakehashi_data_starting_configuration_en_toml_end[];

namespace kakehashi::design {
namespace {

// One file for each language, because most of it is comments; the unit test holds their settings
// together.
std::string_view file_in(Language language) {
    if (language == Language::Japanese) {
        return {
            kakehashi_data_starting_configuration_ja_toml,
            kakehashi_data_starting_configuration_ja_toml_end};
    }
    return {
        kakehashi_data_starting_configuration_en_toml,
        kakehashi_data_starting_configuration_en_toml_end};
}

}  // namespace

std::string starting_configuration(const InitChoices& choices) {
    std::string out(file_in(choices.language));
    out = replaced(std::move(out), "{operator_account}", choices.operator_account);
    out = replaced(std::move(out), "{municipality_account}", choices.municipality_account);
    return replaced(std::move(out), "{external_id}", choices.external_id);
}

}  // namespace kakehashi::design
