#include "cli/arguments.h"

#include "base/text.h"
#include "cli/environment.h"
#include "cli/version.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace kakehashi::cli {
namespace {

constexpr std::chrono::seconds kAdvanceMax = std::chrono::hours(24 * 3660);

// The value of `--name VALUE` or `--name=VALUE`, wherever it stands.
std::optional<std::string> option_value(
    const std::vector<std::string>& arguments,
    const std::string& name
) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--") return std::nullopt;
        if (arguments[i].starts_with(name + "=")) return arguments[i].substr(name.size() + 1);
        if (arguments[i] == name && i + 1 < arguments.size()) return arguments[i + 1];
    }
    return std::nullopt;
}

Output output_of(std::string_view value) {
    if (value == "json") return Output::Json;
    return value == "sarif" ? Output::Sarif : Output::Text;
}

// Builds CLI11's tree and keeps what it fills.
class Tree {
public:
    explicit Tree(Language language) : language_(language) {
        app_.require_subcommand(1);
        app_.set_help_flag("-h,--help", words("cli.help.help"_msg));
        app_.set_version_flag(
            "--version", "kakehashi " KAKEHASHI_VERSION, words("cli.help.version"_msg)
        );
        app_.add_option("--lang", lang_, words("cli.help.lang"_msg))
            ->check(CLI::IsMember({"ja", "en"}));
        app_.get_formatter()->label("Usage", words("cli.help.label.usage"_msg));
        app_.get_formatter()->label("Options", words("cli.help.label.options"_msg));
        app_.get_formatter()->label("Subcommands", words("cli.help.label.commands"_msg));
        app_.get_formatter()->label("Positionals", words("cli.help.label.arguments"_msg));
        app_.get_formatter()->label("OPTIONS", words("cli.help.label.any_options"_msg));
        app_.get_formatter()->label("SUBCOMMAND", words("cli.help.label.any_command"_msg));
        app_.get_formatter()->column_width(28);
        add_init();
        add_render();
        add_check();
        add_explain();
        add_converse();
        add_models();
        add_iam();
        add_twin();
    }

    Expected<std::variant<Command, HelpText>, CommandFailure> parse(
        std::vector<std::string> arguments
    ) {
        std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes a vector
        try {
            app_.parse(std::move(arguments));
        } catch (const CLI::CallForVersion& version) {
            return std::variant<Command, HelpText>(HelpText{std::string(version.what()) + "\n"});
        } catch (const CLI::Success&) {
            return std::variant<Command, HelpText>(HelpText{
                app_.help("", CLI::AppFormatMode::Normal)});
        } catch (const CLI::RequiredError&) {
            return Failure{
                wrong_use("usage", {"cli.usage.missing"_msg, {{"help", help_command()}}})};
        } catch (const CLI::ExtrasError&) {
            const auto left = app_.remaining(true);
            return Failure{wrong_use(
                "usage",
                {"cli.usage.unknown"_msg,
                 {{"argument", left.empty() ? "" : left.front()}, {"help", help_command()}}}
            )};
        } catch (const CLI::ParseError& error) {
            return Failure{wrong_use(
                "usage",
                {"cli.usage.invalid"_msg, {{"detail", error.what()}, {"help", help_command()}}}
            )};
        }
        return take();
    }

private:
    std::string words(MessageId id) const { return text(Message{std::move(id)}, language_); }

    CLI::App* add(CLI::App& parent, const char* name, MessageId about, CommonOptions& common) {
        CLI::App* made = add_bare(parent, name, std::move(about), common);
        made->add_option("--config", common.config, words("cli.help.config"_msg));
        made->add_flag("--debug", common.debug, words("cli.help.debug"_msg));
        return made;
    }

    // Without a configuration.
    CLI::App* add_bare(CLI::App& parent, const char* name, MessageId about, CommonOptions& common) {
        CLI::App* made = parent.add_subcommand(name, words(std::move(about)));
        add_output(*made, common, {"text", "json"}, "cli.help.output"_msg);
        made->add_option("--lang", lang_, words("cli.help.lang"_msg))
            ->check(CLI::IsMember({"ja", "en"}));
        return made;
    }

    void add_output(
        CLI::App& leaf,
        CommonOptions& common,
        std::vector<std::string> forms,
        MessageId about
    ) {
        leaf.add_option_function<std::string>(
                "--output",
                [&common](const std::string& value) { common.output = output_of(value); },
                words(std::move(about))
        )
            ->check(CLI::IsMember(std::move(forms)));
    }

    void chose(CLI::App* leaf, std::function<Command()> make) {
        leaf->callback([this, make = std::move(make)] { chosen_ = make; });
    }

    void add_init() {
        auto* leaf = add_bare(app_, "init", "cli.help.init"_msg, init_);
        add_accounts(*leaf, init_.operator_account, init_.municipality_account);
        leaf->add_option("--out", init_.out, words("cli.help.out"_msg));
        chose(leaf, [this] { return Command(init_); });
    }

    void add_accounts(
        CLI::App& leaf,
        std::optional<std::string>& of_operator,
        std::optional<std::string>& of_municipality
    ) {
        leaf.add_option("--operator-account", of_operator, words("cli.help.operator_account"_msg));
        leaf.add_option(
            "--municipality-account", of_municipality, words("cli.help.municipality_account"_msg)
        );
    }

    void add_render() {
        auto* leaf = add(app_, "render", "cli.help.render"_msg, render_);
        leaf->add_option("--out", render_.out, words("cli.help.out"_msg));
        leaf->add_flag("--diff", render_.diff, words("cli.help.render_diff"_msg));
        leaf->add_flag("--force", render_.force, words("cli.help.force"_msg));
        chose(leaf, [this] { return Command(render_); });
    }

    void add_check() {
        auto* leaf = add(app_, "check", "cli.help.check"_msg, check_);
        leaf->remove_option(leaf->get_option("--output"));
        add_output(*leaf, check_, {"text", "json", "sarif"}, "cli.help.check_output"_msg);
        leaf->add_option("--report", check_.report, words("cli.help.report"_msg));
        leaf->add_flag("--fix", check_.fix, words("cli.help.fix"_msg));
        leaf->add_option(
            "--managed-policies", check_.managed_policies, words("cli.help.managed_policies"_msg)
        );
        const auto add_templates = [this, leaf](const char* name, auto& files, MessageId about) {
            leaf->add_option(name, files, words(std::move(about)))->allow_extra_args(false);
        };
        add_templates("--operator", check_.operator_templates, "cli.help.operator"_msg);
        add_templates(
            "--municipality", check_.municipality_templates, "cli.help.municipality_file"_msg
        );
        add_accounts(*leaf, check_.operator_account, check_.municipality_account);
        leaf->add_option("--can", check_.can, words("cli.help.can"_msg))
            ->expected(3)
            ->type_name("PRINCIPAL ACTION RESOURCE");
        leaf->add_option("--diff", check_.diff, words("cli.help.check_diff"_msg))
            ->expected(2)
            ->type_name("OLD NEW");
        chose(leaf, [this] { return Command(check_); });
    }

    void add_explain() {
        auto* leaf = add_bare(app_, "explain", "cli.help.explain"_msg, explain_);
        leaf->add_option("id", explain_.id, words("cli.help.finding_id"_msg))->required();
        chose(leaf, [this] { return Command(explain_); });
    }

    void add_converse() {
        auto* leaf = add(app_, "converse", "cli.help.converse"_msg, converse_);
        leaf->add_option("--model", converse_.model, words("cli.help.model"_msg));
        leaf->add_option("--system", converse_.system, words("cli.help.system"_msg));
        leaf->add_option("--file", converse_.files, words("cli.help.file"_msg))
            ->allow_extra_args(false);
        leaf->add_option("--max-tokens", converse_.max_tokens, words("cli.help.max_tokens"_msg));
        leaf->add_option(
            "--municipality", converse_.municipality, words("cli.help.municipality"_msg)
        );
        leaf->add_flag("!--no-stream", converse_.stream, words("cli.help.no_stream"_msg));
        leaf->add_option("text", converse_.words, words("cli.help.text"_msg));
        chose(leaf, [this] { return Command(converse_); });
    }

    void add_models() {
        auto* leaf = add(app_, "models", "cli.help.models"_msg, models_);
        chose(leaf, [this] { return Command(models_); });
    }

    void add_iam() {
        auto* group = app_.add_subcommand("iam", words("cli.help.iam"_msg));
        group->require_subcommand(1);
        auto* leaf = add(*group, "evaluate", "cli.help.iam_evaluate"_msg, evaluate_);
        chose(leaf, [this] { return Command(evaluate_); });
    }

    void add_twin() {
        auto* group = app_.add_subcommand("twin", words("cli.help.twin"_msg));
        group->require_subcommand(1);
        auto* up = add(*group, "up", "cli.help.twin_up"_msg, up_);
        up->add_option("--as", up_.place, words("cli.help.as"_msg));
        up->add_flag("--detach", up_.detach, words("cli.help.detach"_msg));
        up->add_option_function<std::vector<std::string>>(
              "--port",
              [this](const std::vector<std::string>& values) { read_ports(values); },
              words("cli.help.port"_msg)
        )
            ->allow_extra_args(false);
        chose(up, [this] { return Command(up_); });
        auto* exec = add(*group, "exec", "cli.help.twin_exec"_msg, exec_);
        exec->add_option("--as", exec_.place, words("cli.help.as"_msg));
        exec->add_flag("--in-container", exec_.in_container, words("cli.help.in_container"_msg));
        exec->add_option("command", exec_.command, words("cli.help.command"_msg))->required();
        exec->prefix_command(false);
        chose(exec, [this] { return Command(exec_); });
        using What = TwinAskOptions::What;
        add_ask(*group, "env", "cli.help.twin_env"_msg, What::Env)
            ->add_flag("--unset", ask_.unset, words("cli.help.unset"_msg));
        add_ask(*group, "status", "cli.help.twin_status"_msg, What::Status);
        add_ask(*group, "down", "cli.help.twin_down"_msg, What::Down);
        add_ask(*group, "events", "cli.help.twin_events"_msg, What::Events);
        auto* explain = add_ask(*group, "explain", "cli.help.twin_explain"_msg, What::Explain);
        explain->add_option("request-id", ask_.request_id, words("cli.help.request_id"_msg));
        auto* clock = add_ask(*group, "clock", "cli.help.twin_clock"_msg, What::Clock);
        clock
            ->add_option_function<std::string>(
                "--advance",
                [this](const std::string& value) { read_advance(value); },
                words("cli.help.advance"_msg)
            )
            ->required();
    }

    CLI::App* add_ask(
        CLI::App& group,
        const char* name,
        MessageId about,
        TwinAskOptions::What what
    ) {
        auto* leaf = add(group, name, std::move(about), ask_);
        leaf->add_option("--as", ask_.place, words("cli.help.as"_msg));
        chose(leaf, [this, what] {
            ask_.what = what;
            return Command(ask_);
        });
        return leaf;
    }

    void read_ports(const std::vector<std::string>& values) {
        for (const std::string& value : values) {
            const auto equals = value.find('=');
            const auto port =
                equals == value.npos ? std::nullopt : parse_count(value.substr(equals + 1));
            if (!port || *port > 65535) throw CLI::ValidationError("--port", value);
            up_.ports.emplace_back(value.substr(0, equals), static_cast<std::uint16_t>(*port));
        }
    }

    void read_advance(const std::string& value) {
        const auto duration = parse_duration(value);
        if (!duration) throw CLI::ValidationError("--advance", value);
        ask_.advance = *duration;
    }

    std::string help_command() const {
        std::string out = "kakehashi";
        for (const CLI::App* app = &app_; app;) {
            const auto chosen = app->get_subcommands();
            app = chosen.empty() ? nullptr : chosen.front();
            if (app) out += " " + app->get_name();
        }
        return out + " --help";
    }

    Expected<std::variant<Command, HelpText>, CommandFailure> take() const {
        return std::variant<Command, HelpText>(chosen_());
    }

    Language language_;
    CLI::App app_{"", "kakehashi"};
    std::string lang_;
    InitOptions init_;
    RenderOptions render_;
    CheckOptions check_;
    ExplainOptions explain_;
    ConverseOptions converse_;
    ModelsOptions models_;
    EvaluateOptions evaluate_;
    TwinUpOptions up_;
    TwinExecOptions exec_;
    TwinAskOptions ask_;
    std::function<Command()> chosen_;
};

}  // namespace

CommandLine parse_arguments(
    const std::vector<std::string>& arguments,
    const Environment& environment
) {
    const auto lang = option_value(arguments, "--lang");
    Language language = language_of(environment);
    if (lang == "ja") language = Language::Japanese;
    if (lang == "en") language = Language::English;
    const auto output = option_value(arguments, "--output");
    return {language, output_of(output.value_or("")), Tree(language).parse(arguments)};
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
    if (text.size() < 2) return std::nullopt;
    const auto count = parse_count(text.substr(0, text.size() - 1));
    if (!count || *count > static_cast<std::size_t>(kAdvanceMax.count())) return std::nullopt;
    std::chrono::seconds unit(0);
    switch (text.back()) {
        case 's':
            unit = std::chrono::seconds(1);
            break;
        case 'm':
            unit = std::chrono::minutes(1);
            break;
        case 'h':
            unit = std::chrono::hours(1);
            break;
        case 'd':
            unit = std::chrono::hours(24);
            break;
        default:
            return std::nullopt;
    }
    const auto whole = unit * static_cast<std::int64_t>(*count);
    return whole <= kAdvanceMax ? std::optional<std::chrono::seconds>(whole) : std::nullopt;
}

}  // namespace kakehashi::cli
