#include "cli/failure.h"

#include "base/json.h"
#include "base/text.h"

#include <utility>

namespace kakehashi::cli {
namespace {

json::object remote_object(const aws::Remote& remote) {
    return {
        {"status", remote.status},
        {"code", remote.code},
        {"message", remote.text},
        {"request_id", remote.request_id}};
}

json::object object_of(const CommandFailure& failure, Language language) {
    json::object out{{"code", failure.code}, {"message", text(failure.message, language)}};
    out["hint"] = failure.hint ? json::value(text(*failure.hint, language)) : json::value("");
    if (failure.remote) out["service"] = remote_object(*failure.remote);
    json::array problems;
    for (const Problem& problem : failure.problems) {
        problems.push_back(json::object{
            {"file", problem.where.file},
            {"line", problem.where.line},
            {"path", problem.where.path},
            {"message", text(problem.what, language)}});
    }
    if (!problems.empty()) out["problems"] = std::move(problems);
    return out;
}

void say_in_words(Terminal& terminal, const CommandFailure& failure) {
    for (const Problem& problem : failure.problems) {
        terminal.say(text(problem, terminal.language()));
    }
    if (failure.problems.empty()) {
        terminal.say("kakehashi: " + text(failure.message, terminal.language()));
    }
    if (const auto& remote = failure.remote; remote && !remote->code.empty()) {
        std::string line = "  AWS: " + shown(remote->code) + ": " + shown(remote->text, 2000);
        if (!remote->request_id.empty()) line += " (" + shown(remote->request_id) + ")";
        terminal.say(line);
    }
    if (failure.hint) terminal.say("  " + text(*failure.hint, terminal.language()));
}

}  // namespace

CommandFailure wrong_use(std::string code, Message message) {
    return {Exit::Usage, std::move(code), std::move(message)};
}

CommandFailure wrong_environment(std::string code, Message message) {
    return {Exit::Environment, std::move(code), std::move(message)};
}

CommandFailure wrong_files(Problems problems) {
    CommandFailure out{Exit::Environment, "configuration-invalid", problems.front().what};
    out.problems = std::move(problems);
    return out;
}

CommandFailure not_written(const WriteError& error) {
    const auto failure = [&error](std::string code, MessageId id) {
        return wrong_environment(std::move(code), {std::move(id), {{"file", error.path}}});
    };
    switch (error.kind) {
        case WriteError::Kind::Exists:
            return failure("file-exists", "cli.write.exists"_msg);
        case WriteError::Kind::NotAllowed:
            return failure("file-not-writable", "cli.write.not_allowed"_msg);
        case WriteError::Kind::NotAFile:
            return failure("file-not-writable", "cli.write.not_a_file"_msg);
        case WriteError::Kind::Full:
            return failure("file-not-writable", "cli.write.full"_msg);
        case WriteError::Kind::Failed:
            break;
    }
    return failure("file-not-writable", "cli.write.failed"_msg);
}

Exit report(Terminal& terminal, Output output, const CommandFailure& failure) {
    if (output != Output::Text) {
        terminal.say(json::serialize(object_of(failure, terminal.language())));
    } else {
        say_in_words(terminal, failure);
    }
    return failure.exit;
}

}  // namespace kakehashi::cli
