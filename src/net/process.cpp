#include "net/process.h"

#include "base/descriptor.h"
#include "net/clock.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX's
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kakehashi::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kOutputBytesMax = 1U << 20U;

// A running child. Ends with its owner.
class Child {
public:
    explicit Child(pid_t id) : id_(id) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (id_ <= 0) return;
        ::kill(-id_, SIGKILL);
        ::waitpid(id_, nullptr, 0);
    }
    // The wait status, once it ended.
    std::optional<int> poll() {
        int status = 0;
        if (::waitpid(id_, &status, WNOHANG) != id_) return std::nullopt;
        ::kill(-id_, SIGKILL);  // what it left behind
        id_ = 0;
        return status;
    }

private:
    pid_t id_;
};

struct Started {
    pid_t id = 0;
    int output = -1;
};

Expected<Started, ProcessError> start(std::vector<std::string> words) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Failure{ProcessError::Failed};
    Descriptor ours(ends[0]);
    const Descriptor theirs(ends[1]);

    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, theirs.get(), STDOUT_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    pid_t id = 0;
    const int failed =
        ::posix_spawnp(&id, arguments[0], &files, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (failed == ENOENT || failed == EACCES) return Failure{ProcessError::NotFound};
    if (failed != 0) return Failure{ProcessError::Failed};
    return Started{id, ours.release()};
}

// Cancels the read at the end of the time. Shared with the timer's handler.
struct Output {
    Output(const asio::any_io_executor& executor, int descriptor)
        : pipe(executor, descriptor), timer(executor) {}
    asio::posix::stream_descriptor pipe;
    asio::steady_timer timer;
    bool late = false;
};

void limit_to(const std::shared_ptr<Output>& output, Instant deadline) {
    output->timer.expires_at(deadline);
    output->timer.async_wait([weak = std::weak_ptr(output)](const error_code& cancelled) {
        const auto self = weak.lock();
        if (cancelled || !self) return;
        self->late = true;
        self->pipe.close();
    });
}

asio::awaitable<Expected<std::string, ProcessError>> read_output(std::shared_ptr<Output> output) {
    constexpr std::size_t kStep = 4096;
    std::string text;
    for (;;) {
        const std::size_t had = text.size();
        text.resize(had + kStep);
        error_code ended;
        const auto space = asio::buffer(text.data() + had, kStep);
        const std::size_t got = co_await output->pipe.async_read_some(
            space, asio::redirect_error(asio::use_awaitable, ended)
        );
        text.resize(had + got);
        if (text.size() > kOutputBytesMax) co_return Failure{ProcessError::TooMuchOutput};
        if (output->late) co_return Failure{ProcessError::TimedOut};
        if (ended == asio::error::eof) co_return text;
        if (ended) co_return Failure{ProcessError::Failed};
    }
}

// The output usually ends with the program, so this hardly ever waits.
asio::awaitable<Expected<int, ProcessError>> wait_for(Child* child, Instant deadline) {
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer pause(executor);
    for (;;) {
        if (const auto status = child->poll()) co_return *status;
        if (monotonic_now() >= deadline) co_return Failure{ProcessError::TimedOut};
        pause.expires_after(std::chrono::milliseconds(1));
        error_code cancelled;
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        if (cancelled) co_return Failure{ProcessError::Failed};
    }
}

// Reads one command by its characters. States as in POSIX "Quoting".
class Splitter {
public:
    std::optional<std::vector<std::string>> split(std::string_view command) {
        for (char c : command) {
            take(c);
        }
        if (quote_ != 0 || escaped_) return std::nullopt;
        end_word();
        if (words_.empty()) return std::nullopt;
        return std::move(words_);
    }

private:
    void take(char c) {
        if (escaped_) {
            if (quote_ == '"' && c != '"' && c != '\\' && c != '$' && c != '`') word_ += '\\';
            word_ += c;
            escaped_ = false;
        } else if (c == '\\' && quote_ != '\'') {
            escaped_ = begun_ = true;
        } else if (quote_ != 0) {
            if (c != quote_) word_ += c;
            if (c == quote_) quote_ = 0;
        } else if (c == '\'' || c == '"') {
            quote_ = c;
            begun_ = true;
        } else if (c == ' ' || c == '\t' || c == '\n') {
            end_word();
        } else {
            word_ += c;
            begun_ = true;
        }
    }
    void end_word() {
        if (begun_) words_.push_back(std::move(word_));
        word_.clear();
        begun_ = false;
    }

    std::vector<std::string> words_;
    std::string word_;
    char quote_ = 0;
    bool escaped_ = false;
    bool begun_ = false;  // "" is a word too
};

}  // namespace

std::optional<std::vector<std::string>> split_command(std::string_view command) {
    return Splitter().split(command);
}

asio::awaitable<Expected<std::string, ProcessError>> SystemProcess::run(
    std::string command,
    std::chrono::milliseconds limit
) {
    auto words = split_command(command);
    if (!words) co_return Failure{ProcessError::Failed};
    auto executor = co_await asio::this_coro::executor;
    const Instant deadline = monotonic_now() + limit;
    auto started = start(*std::move(words));
    if (!started) co_return Failure{started.error()};
    Child child(started->id);
    auto output = std::make_shared<Output>(executor, started->output);
    limit_to(output, deadline);
    auto text = co_await read_output(output);
    output->timer.cancel();
    if (!text) co_return Failure{text.error()};
    auto status = co_await wait_for(&child, deadline);
    if (!status) co_return Failure{status.error()};
    constexpr int kNotFound = 127;
    if (WIFEXITED(*status) && WEXITSTATUS(*status) == kNotFound) {
        co_return Failure{ProcessError::NotFound};
    }
    if (!WIFEXITED(*status) || WEXITSTATUS(*status) != 0) co_return Failure{ProcessError::Failed};
    co_return text;
}

}  // namespace kakehashi::net
