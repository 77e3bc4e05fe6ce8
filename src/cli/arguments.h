#pragma once

#include "base/outside.h"
#include "cli/failure.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// The command line: which commands there are and what each takes.
namespace kakehashi::cli {

struct CommonOptions {
    std::optional<std::string> config = {};
    Output output = Output::Text;
    bool debug = false;
};

struct ConverseOptions : CommonOptions {
    std::optional<std::string> model = {}, system = {}, municipality = {};
    std::vector<std::string> files = {}, words = {};
    std::optional<std::uint32_t> max_tokens = {};
    bool stream = true;
};
struct ModelsOptions : CommonOptions {};
struct InitOptions : CommonOptions {
    std::optional<std::string> operator_account = {}, municipality_account = {}, out = {};
};
struct RenderOptions : CommonOptions {
    std::optional<std::string> out = {};
    bool diff = false, force = false;
};
struct CheckOptions : CommonOptions {
    // Instead of a configuration: --operator, --municipality and their accounts.
    std::vector<std::string> operator_templates = {}, municipality_templates = {};
    std::optional<std::string> operator_account = {}, municipality_account = {};
    std::optional<std::string> managed_policies = {}, report = {};
    std::vector<std::string> can = {};   // principal, action, resource; empty: not asked
    std::vector<std::string> diff = {};  // old, new
    bool fix = false;
};
struct ExplainOptions : CommonOptions {
    std::string id;
};
struct EvaluateOptions : CommonOptions {};
struct TwinUpOptions : CommonOptions {
    std::optional<std::string> place = {};
    std::vector<std::pair<std::string, std::uint16_t>> ports = {};  // service → port
    bool detach = false;
};
struct TwinExecOptions : CommonOptions {
    std::optional<std::string> place = {};
    std::vector<std::string> command = {};  // behind `--`
    bool in_container = false;              // one network hop behind the instance
};
struct TwinAskOptions : CommonOptions {  // of a twin that runs
    enum class What { Env, Status, Down, Events, Explain, Clock };
    What what = What::Status;
    std::optional<std::string> place = {}, request_id = {};
    std::chrono::seconds advance{0};  // Clock
    bool unset = false;               // Env
};
using Command = std::variant<
    InitOptions,
    RenderOptions,
    CheckOptions,
    ExplainOptions,
    ConverseOptions,
    ModelsOptions,
    EvaluateOptions,
    TwinUpOptions,
    TwinExecOptions,
    TwinAskOptions>;

struct HelpText {
    std::string text;
};

struct CommandLine {
    Language language = Language::English;
    Output output = Output::Text;
    Expected<std::variant<Command, HelpText>, CommandFailure> parsed;
};

// --lang is looked for first, so that even a wrong command line is answered in it.
CommandLine parse_arguments(
    const std::vector<std::string>& arguments,
    const Environment& environment
);

// "50m", "90s", "2h", "1d"; nullopt: no duration.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace kakehashi::cli
