#include "cli/converse.h"

#include "aws/converse.h"
#include "cli/aws_client.h"
#include "cli/event_loop.h"
#include "cli/guard.h"
#include "cli/project.h"
#include "cli/twin_registry.h"

#include <boost/asio/io_context.hpp>

#include <array>
#include <filesystem>
#include <functional>
#include <utility>

namespace kakehashi::cli {
namespace {

constexpr std::size_t kTextBytesMax = 8U << 20U;
constexpr std::size_t kFileBytesMax = 16U << 20U;

// What Converse takes as a document or an image, by the file's ending.
// Source: the service model's DocumentFormat and ImageFormat.
constexpr std::array<std::string_view, 9> kDocuments =
    {"pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"};
constexpr std::array<std::string_view, 4> kImages = {"png", "jpeg", "gif", "webp"};

template <std::size_t N>
bool holds(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

Expected<json::value, CommandFailure> block_of(const std::string& path, Files& files) {
    const std::filesystem::path name(path);
    std::string format = name.extension().string();
    if (!format.empty()) format.erase(0, 1);
    if (format == "jpg") format = "jpeg";
    if (!holds(kDocuments, format) && !holds(kImages, format)) {
        return Failure{
            wrong_use("file-kind-unknown", {"cli.converse.file_kind"_msg, {{"file", path}}})};
    }
    auto bytes = files.read(path, kFileBytesMax);
    if (!bytes) {
        return Failure{
            wrong_environment("file-unreadable", {"cli.converse.file"_msg, {{"file", path}}})};
    }
    if (holds(kImages, format)) return aws::image_block(format, *bytes);
    return aws::document_block(name.stem().string(), format, *bytes);
}

// The words of the command line, else standard input.
Expected<std::string, CommandFailure> prompt_of(
    const ConverseOptions& options,
    const Terminal& terminal
) {
    std::string text;
    for (const std::string& word : options.words) {
        text += (text.empty() ? "" : " ") + word;
    }
    if (text.empty() && !terminal.asked_by_a_person() &&
        !Terminal::read_input(kTextBytesMax, text)) {
        return Failure{wrong_use("text-too-large", {"cli.converse.too_large"_msg})};
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
        text.pop_back();
    }
    if (text.empty() && options.files.empty()) {
        return Failure{wrong_use("text-missing", {"cli.converse.no_text"_msg})};
    }
    return text;
}

Expected<json::value, CommandFailure> request_of(
    const ConverseOptions& options,
    const Terminal& terminal,
    Files& files
) {
    aws::ConverseTurn turn;
    KAKEHASHI_TRY(turn.text, prompt_of(options, terminal));
    for (const std::string& file : options.files) {
        KAKEHASHI_TRY(json::value block, block_of(file, files));
        turn.blocks.push_back(std::move(block));
    }
    aws::TextConversation conversation;
    conversation.system = options.system;
    conversation.output_tokens_max = options.max_tokens;
    conversation.turns.push_back(std::move(turn));
    return aws::converse_request(conversation);
}

// Configuration, credentials and the network are the environment's; the rest is the service's word.
CommandFailure failure_of(const session::ConverseError& error) {
    using Kind = session::ConverseError::Kind;
    CommandFailure out{Exit::Service, session::code(error), session::describe(error)};
    if (error.kind == Kind::NoCredentials || error.kind == Kind::Unreachable ||
        error.kind == Kind::HostDiffers) {
        out.exit = Exit::Environment;
    }
    if (error.crossing) {
        if (const aws::Remote* remote = session::remote_of(*error.crossing)) {
            out.remote = *remote;
            out.exit = Exit::Service;
        }
    }
    if (error.remote) out.remote = *error.remote;
    return out;
}

bool is_cancelled(const std::optional<http::NetError>& net) {
    return net && net->kind == http::NetErrorKind::Cancelled;
}

// Ctrl-C ends what is under way, and that is no failure to speak of.
bool was_cancelled(const session::ConverseError& error) {
    if (is_cancelled(error.net)) return true;
    if (!error.crossing) return false;
    return std::visit([](const auto& why) { return is_cancelled(why.net); }, error.crossing->why);
}

// A local twin that stands elsewhere hands out another caller's credentials, which is where a
// refused crossing comes from.
std::optional<Message> twin_elsewhere(
    const Project& project,
    const std::optional<std::string>& municipality,
    const Environment& environment
) {
    const std::string name =
        municipality.value_or(project.configuration.municipalities.front().name);
    const auto sts = environment.get("AWS_ENDPOINT_URL_STS");
    const auto registry = TwinRegistry::open(environment);
    if (!sts || !registry) return std::nullopt;
    for (const TwinEntry& twin : registry->running()) {
        const auto endpoint = twin.endpoints.find("sts");
        const bool asked = endpoint != twin.endpoints.end() && endpoint->second == *sts;
        const bool elsewhere = twin.place.substr(0, twin.place.find('/')) != name;
        if (!asked || !elsewhere) continue;
        return Message{"cli.twin.elsewhere"_msg, {{"place", twin.place}, {"name", name}}};
    }
    return std::nullopt;
}

// One conversation of one turn, as a coroutine on the command's own objects.
class Conversation {
public:
    Conversation(
        const ConverseOptions& options,
        Terminal& terminal,
        session::BedrockClient& bedrock,
        aws::JudgedModel model,
        std::function<std::optional<Message>()> hint_at_refusal
    )
        : options_(options),
          terminal_(terminal),
          bedrock_(bedrock),
          model_(std::move(model)),
          hint_at_refusal_(std::move(hint_at_refusal)) {}

    boost::asio::awaitable<Exit> whole(json::value request) {
        auto answer = co_await bedrock_.converse(model_, std::move(request));
        if (!answer) co_return fail(answer.error());
        if (options_.output == Output::Json) {
            terminal_.answer(json::serialize(*answer) + "\n");
            co_return Exit::Done;
        }
        const auto read = aws::read_converse_answer(*answer);
        if (!read) co_return refuse(read.error());
        terminal_.answer(read->text + "\n");
        co_return Exit::Done;
    }

    boost::asio::awaitable<Exit> streamed(json::value request) {
        auto stream = co_await bedrock_.converse_stream(model_, std::move(request));
        if (!stream) co_return fail(stream.error());
        for (;;) {
            auto event = co_await stream->next();
            if (!event) co_return break_off(event.error());
            if (!*event) break;
            const auto added = collected_.add(**event);
            if (!added) co_return refuse(added.error());
            show(**event);
        }
        co_return finish();
    }

private:
    void show(const aws::ConverseStreamEvent& event) {
        if (options_.output == Output::Json) return;
        const auto* delta = std::get_if<aws::ContentBlockDelta>(&event);
        const auto* text = delta ? std::get_if<aws::TextDelta>(&delta->delta) : nullptr;
        if (text) terminal_.answer(text->text);
    }

    Exit finish() {
        if (options_.output == Output::Text) {
            terminal_.answer("\n");
            return Exit::Done;
        }
        const auto body = collected_.body();
        if (!body) return refuse(body.error());
        terminal_.answer(json::serialize(*body) + "\n");
        return Exit::Done;
    }

    // What arrived stays where it is; the error comes on a line of its own.
    Exit break_off(const session::ConverseError& error) {
        const bool begun = options_.output == Output::Text && !collected_.text().empty();
        if (begun && !was_cancelled(error)) terminal_.answer("\n");
        return fail(error);
    }

    Exit fail(const session::ConverseError& error) {
        if (was_cancelled(error)) return Exit::Interrupted;
        CommandFailure failure = failure_of(error);
        const bool crossing_refused = error.crossing && failure.remote;
        if (crossing_refused) failure.hint = hint_at_refusal_();
        return report(terminal_, options_.output, failure);
    }

    Exit refuse(const aws::AnswerError& error) {
        const bool truncated = error.kind == aws::AnswerError::Kind::Truncated;
        return report(
            terminal_,
            options_.output,
            {Exit::Service,
             truncated ? "stream-truncated" : "answer-unreadable",
             aws::describe(error)}
        );
    }

    const ConverseOptions& options_;
    Terminal& terminal_;
    session::BedrockClient& bedrock_;
    aws::JudgedModel model_;
    std::function<std::optional<Message>()> hint_at_refusal_;
    aws::ConverseStreamCollector collected_;
};

Expected<aws::JudgedModel, CommandFailure> judge(
    const Project& project,
    const std::optional<std::string>& model
) {
    const config::Bedrock& bedrock = project.configuration.bedrock;
    if (!model && bedrock.profiles.empty()) {
        return Failure{wrong_use("model-missing", {"cli.converse.no_model"_msg})};
    }
    auto judged =
        guard_of(bedrock).judge(model ? *model : bedrock.profiles.front(), bedrock.source_region);
    if (judged) return *std::move(judged);
    return Failure{wrong_use("residency-refused", aws::describe(judged.error()))};
}

}  // namespace

Exit run(
    const ConverseOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files
) {
    const auto refuse = [&](const CommandFailure& failure) {
        return report(terminal, options.output, failure);
    };
    const auto project = open_project(options.config, environment, files);
    if (!project) return refuse(project.error());
    auto model = judge(*project, options.model);
    if (!model) return refuse(model.error());
    auto request = request_of(options, terminal, files);
    if (!request) return refuse(request.error());
    boost::asio::io_context io(1);
    auto client = AwsClient::make(
        io.get_executor(),
        *project,
        options.municipality,
        environment,
        options.debug ? &terminal : nullptr
    );
    if (!client) return refuse(client.error());
    const auto hint = [&] { return twin_elsewhere(*project, options.municipality, environment); };
    Conversation conversation(options, terminal, (*client)->bedrock(), *std::move(model), hint);
    auto work = options.stream ? conversation.streamed(*std::move(request))
                               : conversation.whole(*std::move(request));
    return run_until_done(io, std::move(work), OnSignal::Cancel);
}

}  // namespace kakehashi::cli
