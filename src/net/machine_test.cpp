#include "net/certificate.h"
#include "net/clock.h"
#include "net/files.h"
#include "net/process.h"
#include "net/random.h"
#include "net/resolver.h"
#include "net/task_group.h"
#include "net/timer.h"
#include "net/trust.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace kakehashi::net {
namespace {

namespace asio = boost::asio;
using http::NetErrorKind;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

constexpr std::chrono::milliseconds kLong = 20s;  // never reached

template <class T>
asio::awaitable<void> store(asio::awaitable<T> task, std::optional<T>* result) {
    auto value = co_await std::move(task);
    result->emplace(std::move(value));
}

template <class T>
T run(asio::io_context& io, asio::awaitable<T> task) {
    std::optional<T> result;
    asio::co_spawn(io, store(std::move(task), &result), [&](const std::exception_ptr&) {
        io.stop();
    });
    io.restart();
    io.run();
    return std::move(result).value();
}

class Folder {
public:
    Folder() {
        std::string path = testing::TempDir() + "kakehashi-XXXXXX";
        path_ = ::mkdtemp(path.data());
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name) << text;
        return path_ / name;
    }
    std::string path() const { return path_; }

private:
    std::filesystem::path path_;
};

TEST(Files, ListsTheRegularFilesOfAFolder) {
    const Folder folder;
    for (const char* name : {"b.whl", "a.whl", ".hidden"}) {
        folder.write(name, "");
    }
    std::filesystem::create_directory(folder.path() + "/sub");
    std::filesystem::create_symlink("gone", folder.path() + "/broken");
    SystemFiles files;
    const auto names = files.list(folder.path(), 3);
    ASSERT_TRUE(names);
    EXPECT_EQ(*names, (std::vector<std::string>{".hidden", "a.whl", "b.whl"}));
    const auto error = [&](const std::string& path, std::size_t names_max) {
        return files.list(path, names_max).error();
    };
    EXPECT_EQ(error(folder.path(), 2), FileError::TooLarge);
    EXPECT_EQ(error(folder.path() + "/none", 3), FileError::NotFound);
    EXPECT_EQ(error(folder.path() + "/a.whl", 3), FileError::NotFound);
}

TEST(Files, ReadsRegularFilesUpToTheLimit) {
    const Folder folder;
    const std::string path = folder.write("a", "text");
    SystemFiles files;
    EXPECT_EQ(*files.read(path, 4), "text");
    EXPECT_EQ(files.read(path, 3).error(), FileError::TooLarge);
    EXPECT_EQ(files.read(folder.path() + "/b", 4).error(), FileError::NotFound);
    EXPECT_EQ(files.read(path + "/b", 4).error(), FileError::NotFound);
    EXPECT_EQ(files.read(folder.path(), 4).error(), FileError::NotAFile);
    EXPECT_EQ(files.read("/dev/zero", 4).error(), FileError::NotAFile);
    const auto none = files.read("/dev/null", 4);
    ASSERT_TRUE(none);
    EXPECT_EQ(*none, "");
    EXPECT_FALSE(files.read("/proc/self/status", 1U << 20U)->empty());
}

TEST(Random, IsNotTheSameTwice) {
    std::array<unsigned char, 32> first{}, second{};
    SystemRandom random;
    random.fill(first);
    random.fill(second);
    EXPECT_NE(first, second);
}

TEST(Process, SplitsAsAShellWould) {
    using Words = std::vector<std::string>;
    EXPECT_EQ(
        split_command(R"(a  'b c' "d \" \x" e\ f "" g'h'i)"),
        (Words{"a", "b c", R"(d " \x)", "e f", "", "ghi"})
    );
    EXPECT_EQ(split_command("a $HOME; *|`b`"), (Words{"a", "$HOME;", "*|`b`"}));
    for (const char* refused : {"", "  ", "'a", "\"a", "a\\"}) {
        EXPECT_FALSE(split_command(refused)) << refused;
    }
}

TEST(Process, RunsWithinItsLimits) {
    struct Row {
        std::string command;
        std::chrono::milliseconds limit;
        Expected<std::string, ProcessError> result;
    };
    const Row rows[] = {
        {"echo 'a  b'", kLong, std::string("a  b\n")},
        {"cat", kLong, std::string()},
        {"false", kLong, Failure{ProcessError::Failed}},
        {"sh -c 'kill -9 $$'", kLong, Failure{ProcessError::Failed}},
        {"/nonexistent/program", kLong, Failure{ProcessError::NotFound}},
        {"'open", kLong, Failure{ProcessError::Failed}},
        {"sleep 60", 50ms, Failure{ProcessError::TimedOut}},
        {"sh -c 'exec >&-; sleep 60'", 50ms, Failure{ProcessError::TimedOut}},
        {"sh -c 'sleep 60 & sleep 60'", 50ms, Failure{ProcessError::TimedOut}},
        {"yes", kLong, Failure{ProcessError::TooMuchOutput}},
    };
    asio::io_context io{1};
    SystemProcess process;
    for (const auto& [command, limit, wanted] : rows) {
        auto got = run(io, process.run(command, limit));
        ASSERT_EQ(got.has_value(), wanted.has_value()) << command;
        if (got) {
            EXPECT_EQ(*got, *wanted) << command;
        } else {
            EXPECT_EQ(got.error(), wanted.error()) << command;
        }
    }
}

Validity today() {
    const TimePoint now = SystemClock().now();
    return {now - 1h, now + 1h};
}

TEST(Certificates, KeepWhatTheyAreMadeOf) {
    const auto authority = Authority::make("Test CA", today());
    const auto made = authority.issue({"a.test", "::1"}, today());
    auto read = Certificate::from_pem(made.pem() + authority.pem(), made.key_pem());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->pem(), made.pem() + authority.pem());
    EXPECT_EQ(read->key_pem(), made.key_pem());
}

TEST(Certificates, RefuseTheirNeighbours) {
    const auto authority = Authority::make("Test CA", today());
    const auto made = authority.issue({"a.test"}, today());
    const auto other = authority.issue({"a.test"}, today());
    const std::string pem = made.pem();
    const SecretString key = made.key_pem();
    struct Row {
        std::string pem;
        SecretString key;
        CertificateError error;
    };
    const Row rows[] = {
        {"", key, CertificateError::BadCertificate},
        {"text", key, CertificateError::BadCertificate},
        {pem.substr(0, pem.size() / 2), key, CertificateError::BadCertificate},
        {pem + pem.substr(0, pem.size() / 2), key, CertificateError::BadCertificate},
        {pem, SecretString(""), CertificateError::BadKey},
        {pem, SecretString(pem), CertificateError::BadKey},
        {pem, other.key_pem(), CertificateError::KeyDiffers},
    };
    for (const auto& [text, key_text, error] : rows) {
        auto refused = Certificate::from_pem(text, key_text);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error(), error);
        EXPECT_TRUE(has_text(describe(error).id));
    }
}

TEST(Trust, TellsAMissingFileFromABrokenOne) {
    using Kind = TrustError::Kind;
    const Folder folder;
    const std::string pem = Authority::make("Test CA", today()).pem();
    EXPECT_TRUE(Trust::from_file(folder.write("good.pem", pem + pem)));
    struct Row {
        std::string path;
        Kind kind;
    };
    const Row rows[] = {
        {folder.path() + "/none.pem", Kind::FileMissing},
        {folder.path(), Kind::FileBroken},
        {folder.write("empty.pem", ""), Kind::FileBroken},
        {folder.write("text.pem", "text"), Kind::FileBroken},
        {folder.write("cut.pem", pem + pem.substr(0, 100)), Kind::FileBroken},
    };
    for (const auto& [path, kind] : rows) {
        auto refused = Trust::from_file(path);
        ASSERT_FALSE(refused) << path;
        EXPECT_EQ(refused.error().kind, kind) << path;
        EXPECT_TRUE(has_text(describe(refused.error()).id));
    }
}

// Answers every question with one code, and A questions with two addresses when it is 0.
asio::awaitable<void> name_server(
    asio::ip::udp::socket* socket,
    unsigned char code,
    int* questions
) {
    constexpr std::size_t kHeader = 12;
    constexpr char kA = 1;
    for (;;) {
        std::string message(512, '\0');
        asio::ip::udp::endpoint from;
        const auto space = asio::buffer(message);
        const auto size = co_await socket->async_receive_from(space, from, asio::use_awaitable);
        ++*questions;
        const std::size_t end = message.find('\0', kHeader) + 5;  // type and class behind the name
        const bool asks_a = message[end - 3] == kA;
        message.resize(std::min(size, end));
        message[2] = '\x81';
        message[3] = static_cast<char>(0x80 | code);
        message[7] = static_cast<char>(code == 0 && asks_a ? 2 : 0);
        message[11] = 0;  // no EDNS
        if (message[7] != 0) {
            for (char last : {'\1', '\2'}) {
                message.append("\xC0\x0C\0\1\0\1\0\0\0\x05\0\4\x0A\0\0", 15).push_back(last);
            }
        }
        const auto answer = asio::buffer(message);
        co_await socket->async_send_to(answer, from, asio::use_awaitable);
    }
}

TEST(Resolver, AsksTheNameServerAndKeepsItsAnswer) {
    struct Row {
        unsigned char code = 0;
        std::optional<NetErrorKind> kind;
    };
    for (const auto& [code, wanted] :
         {Row{0, std::nullopt},
          Row{3, NetErrorKind::NameNotFound},
          Row{5, NetErrorKind::DnsFailed}}) {
        asio::io_context io{1};
        asio::ip::udp::socket socket(io, {asio::ip::address_v4::loopback(), 0});
        int questions = 0;
        TaskGroup tasks(io.get_executor());
        tasks.spawn(name_server(&socket, code, &questions));
        DnsResolver resolver(
            io.get_executor(), "127.0.0.1:" + std::to_string(socket.local_endpoint().port())
        );
        auto got = run(io, resolver.resolve("sts.ap-northeast-1.amazonaws.com.", kLong));
        ASSERT_EQ(got.has_value(), !wanted) << int{code};
        if (wanted) {
            EXPECT_EQ(got.error().kind, *wanted) << got.error().detail;
            continue;
        }
        EXPECT_EQ(*got, (std::vector<std::string>{"10.0.0.1", "10.0.0.2"}));
        const int asked = questions;
        EXPECT_TRUE(run(io, resolver.resolve("sts.ap-northeast-1.amazonaws.com.", kLong)));
        EXPECT_EQ(questions, asked);
        resolver.forget("sts.ap-northeast-1.amazonaws.com.");
        EXPECT_TRUE(run(io, resolver.resolve("sts.ap-northeast-1.amazonaws.com.", kLong)));
        EXPECT_GT(questions, asked);
    }
}

TEST(Resolver, GivesUpOnASilentNameServer) {
    asio::io_context io{1};
    asio::ip::udp::socket socket(io, {asio::ip::address_v4::loopback(), 0});
    DnsResolver resolver(
        io.get_executor(), "127.0.0.1:" + std::to_string(socket.local_endpoint().port())
    );
    auto got = run(io, resolver.resolve("a.test.", 50ms));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().kind, NetErrorKind::DnsFailed);
}

TEST(Resolver, KnowsAddressesAndTheHostsFile) {
    asio::io_context io{1};
    DnsResolver resolver(io.get_executor(), "127.0.0.1:9");
    EXPECT_EQ(*run(io, resolver.resolve("10.1.2.3", kLong)), std::vector<std::string>{"10.1.2.3"});
    EXPECT_EQ(*run(io, resolver.resolve("::1", kLong)), std::vector<std::string>{"::1"});
    auto localhost = run(io, resolver.resolve("localhost", kLong));
    ASSERT_TRUE(localhost);
    EXPECT_EQ(localhost->front(), "127.0.0.1");
}

TEST(TaskGroup, WaitsForItsTasksAndCancelsThem) {
    asio::io_context io{1};
    TaskGroup tasks(io.get_executor());
    SystemTimer timer;
    for (int i = 0; i < 3; ++i) {
        tasks.spawn(timer.sleep_for(1h));
    }
    auto end = [&]() -> asio::awaitable<std::size_t> {
        co_await tasks.wait_for(1ms);
        const std::size_t left = tasks.running();
        tasks.cancel();
        co_await tasks.wait();
        co_return left;
    };
    EXPECT_EQ(run(io, end()), 3U);
    EXPECT_EQ(tasks.running(), 0U);
}

}  // namespace
}  // namespace kakehashi::net
