#include "cli/init.h"

#include "base/arn.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/text.h"
#include "design/render.h"

#include <array>
#include <filesystem>
#include <utility>

namespace kakehashi::cli {
namespace {

constexpr std::size_t kExternalIdBytes = 16;  // 128 bits of chance
constexpr int kQuestionsMax = 3;

CommandFailure no_account(const std::string& value) {
    return wrong_use("account-invalid", {"cli.init.account_form"_msg, {{"value", value}}});
}

// From the flag, or from a person.
Expected<std::string, CommandFailure> account_of(
    const std::optional<std::string>& given,
    const MessageId& question,
    Terminal& terminal
) {
    if (given) {
        if (is_account_id(*given)) return *given;
        return Failure{no_account(*given)};
    }
    if (!terminal.asked_by_a_person()) {
        return Failure{wrong_use("account-missing", {"cli.init.accounts_missing"_msg})};
    }
    for (int asked = 0; asked < kQuestionsMax; ++asked) {
        const auto line = terminal.ask({question});
        if (!line) break;
        const std::string value(trimmed(*line));
        if (is_account_id(value)) return value;
        terminal.say(no_account(value).message);
    }
    return Failure{wrong_use("account-missing", {"cli.init.accounts_missing"_msg})};
}

std::string drawn_external_id(Random& random) {
    std::array<unsigned char, kExternalIdBytes> bytes{};
    random.fill(bytes);
    return hex(bytes);
}

Expected<design::InitChoices, CommandFailure> choices_of(
    const InitOptions& options,
    Terminal& terminal
) {
    design::InitChoices choices;
    choices.language = terminal.language();
    KAKEHASHI_TRY(
        choices.municipality_account,
        account_of(options.municipality_account, "cli.init.ask_municipality_account"_msg, terminal)
    );
    KAKEHASHI_TRY(
        choices.operator_account,
        account_of(options.operator_account, "cli.init.ask_operator_account"_msg, terminal)
    );
    if (choices.operator_account == choices.municipality_account) {
        return Failure{wrong_use(
            "account-invalid", {"cli.init.one_account"_msg, {{"value", choices.operator_account}}}
        )};
    }
    return choices;
}

}  // namespace

Exit run(const InitOptions& options, Terminal& terminal, Random& random, FileWriter& writer) {
    const auto path = std::filesystem::path(options.out.value_or(".")) / "kakehashi.toml";
    std::error_code failed;
    if (std::filesystem::exists(std::filesystem::symlink_status(path, failed))) {  // ask nothing
        return report(
            terminal, options.output, not_written({WriteError::Kind::Exists, path.string()})
        );
    }
    auto choices = choices_of(options, terminal);
    if (!choices) return report(terminal, options.output, choices.error());
    choices->external_id = drawn_external_id(random);
    std::vector<NewFile> files{{path.string(), design::starting_configuration(*choices)}};
    if (auto written = writer.write(std::move(files), Existing::Kept); !written) {
        return report(terminal, options.output, not_written(written.error()));
    }
    if (options.output == Output::Json) {
        terminal.answer(json::serialize(json::object{{"file", path.string()}}) + "\n");
        return Exit::Done;
    }
    terminal.answer(path.string() + "\n");
    terminal.say(Message{"cli.init.next"_msg, {{"file", path.string()}}});
    return Exit::Done;
}

}  // namespace kakehashi::cli
