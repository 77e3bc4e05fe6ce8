#include "enclosure/enclosure.h"

#include "base/descriptor.h"
#include "enclosure/child_test.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace kakehashi::enclosure {
namespace {

namespace fs = std::filesystem;
using Need = PrivateFile::Need;

constexpr Ipv4 kHere = 0xA9FEA9FD;     // 169.254.169.253
constexpr Ipv4 kNowhere = 0x08080808;  // 8.8.8.8
constexpr std::uint16_t kPort = 53;    // needs a capability that we have in there

// A person whose machine forbids namespaces reads here which setting to change.
void require_entered(const Settings& settings) {
    const auto entered = enter(settings);
    ASSERT_TRUE(entered) << text(entered.error().what, Language::English) << "\n"
                         << text(entered.error().what, Language::Japanese);
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

sockaddr_in endpoint(Ipv4 address, std::uint16_t port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(port);
    made.sin_addr.s_addr = htonl(address);
    return made;
}

Descriptor listening(Ipv4 address, std::uint16_t port) {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
    const sockaddr_in at = endpoint(address, port);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(socket.get(), 1), 0);
    return socket;
}

// errno of a connect: 0 when it is through, EINPROGRESS while nobody answers.
int connect_for(std::chrono::milliseconds wait, Ipv4 address, std::uint16_t port) {
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    const sockaddr_in at = endpoint(address, port);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) return 0;
    pollfd ready{socket.get(), POLLOUT, 0};
    if (errno != EINPROGRESS) return errno;
    if (::poll(&ready, 1, static_cast<int>(wait.count())) == 0) return EINPROGRESS;
    int failed = 0;
    socklen_t size = sizeof failed;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &failed, &size);
    return failed;
}

class Folder {
public:
    Folder() {
        std::string path = testing::TempDir() + "kakehashi-XXXXXX";
        path_ = ::mkdtemp(path.data());
        fs::permissions(path_, fs::perms(0755));
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    fs::path write(const fs::path& name, const std::string& text) const {
        fs::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name) << text;
        return path_ / name;
    }
    fs::path path(const fs::path& name) const { return path_ / name; }

private:
    fs::path path_;
};

TEST(Enclosure, AnswersAtItsAddressesAndIsSilentElsewhere) {
    EXPECT_TRUE(holds_in_child([] {
        using std::chrono::milliseconds;
        require_entered({.local_addresses = {kHere, kHere}, .files = {}, .hidden_folders = {}});
        const Descriptor server = listening(kHere, kPort);
        EXPECT_EQ(connect_for(milliseconds(5000), kHere, kPort), 0);
        EXPECT_EQ(connect_for(milliseconds(5000), kHere, kPort + 1), ECONNREFUSED);
        EXPECT_EQ(connect_for(milliseconds(200), kNowhere, kPort), EINPROGRESS);
        EXPECT_EQ(connect_for(milliseconds(5000), INADDR_LOOPBACK, kPort), ECONNREFUSED);
    }));
}

TEST(Enclosure, SwallowsDatagrams) {
    EXPECT_TRUE(holds_in_child([] {
        require_entered({.local_addresses = {kHere}, .files = {}, .hidden_folders = {}});
        const Descriptor socket(::socket(AF_INET, SOCK_DGRAM, 0));
        const sockaddr_in at = endpoint(kNowhere, kPort);
        ASSERT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
        EXPECT_EQ(::send(socket.get(), "a", 1, 0), 1);
        EXPECT_EQ(::send(socket.get(), "a", 1, 0), 1);  // an ICMP error would show here
        char byte = 0;
        EXPECT_EQ(::recv(socket.get(), &byte, 1, MSG_DONTWAIT), -1);
        EXPECT_EQ(errno, EAGAIN);
    }));
}

TEST(Enclosure, LeavesOpenSocketsInTheirNetwork) {
    const Descriptor server = listening(INADDR_LOOPBACK, 0);
    sockaddr_in at{};
    socklen_t size = sizeof at;
    ASSERT_EQ(::getsockname(server.get(), reinterpret_cast<sockaddr*>(&at), &size), 0);
    EXPECT_TRUE(holds_in_child([&at] {
        const Descriptor before(::socket(AF_INET, SOCK_STREAM, 0));
        require_entered({});
        EXPECT_EQ(
            connect_for(std::chrono::seconds(5), INADDR_LOOPBACK, ntohs(at.sin_port)), ECONNREFUSED
        );
        EXPECT_EQ(::connect(before.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    }));
}

TEST(Enclosure, KeepsThePersonWhoTheyAre) {
    const auto user = ::geteuid();
    const auto group = ::getegid();
    const std::string folder = fs::current_path();
    EXPECT_TRUE(holds_in_child([&] {
        require_entered({});
        EXPECT_EQ(::geteuid(), user);
        EXPECT_EQ(::getegid(), group);
        EXPECT_EQ(fs::current_path(), folder);
    }));
}

TEST(Enclosure, ShowsPrivateFilesInsideAlone) {
    const Folder folder;
    const auto plain = folder.write("a", "outside");
    const auto linked = folder.write("run/stub", "outside");
    fs::create_symlink(linked, folder.path("link"));
    EXPECT_TRUE(holds_in_child([&] {
        require_entered(
            {.local_addresses = {},
             .files =
                 {{plain, "", Need::Always},
                  {folder.path("link"), std::string(200000, 'x'), Need::Always},
                  {folder.path("none"), "inside", Need::IfThere},
                  {"/etc/resolv.conf", "nameserver 169.254.169.253\n", Need::IfThere}},
             .hidden_folders = {}}
        );
        EXPECT_EQ(read_file(plain), "");
        EXPECT_EQ(read_file(folder.path("link")), std::string(200000, 'x'));
        EXPECT_EQ(read_file(linked), std::string(200000, 'x'));
        EXPECT_FALSE(fs::exists(folder.path("none")));
        EXPECT_EQ(read_file("/etc/resolv.conf"), "nameserver 169.254.169.253\n");
        EXPECT_EQ(fs::status(plain).permissions(), fs::perms(0444));
        EXPECT_FALSE(std::ofstream(plain, std::ios::app));  // also for root
        EXPECT_TRUE(fs::exists("/proc/self/status"));
    }));
    EXPECT_EQ(read_file(plain), "outside");
    EXPECT_EQ(read_file(linked), "outside");
}

TEST(Enclosure, EmptiesHiddenFoldersButForPrivateFilesInThem) {
    const Folder folder;
    folder.write("nscd/socket", "");
    const auto stub = folder.write("resolve/deep/stub", "outside");
    folder.write("resolve/deep/socket", "");
    fs::create_symlink(stub, folder.path("link"));
    fs::create_symlink(folder.path("nscd"), folder.path("same"));
    EXPECT_TRUE(holds_in_child([&] {
        require_entered(
            {.local_addresses = {},
             .files =
                 {{folder.path("link"), "first", Need::Always}, {stub, "inside", Need::Always}},
             .hidden_folders =
                 {folder.path("same"),
                  folder.path("nscd"),
                  folder.path("resolve/deep"),
                  folder.path("resolve"),
                  folder.path("none")}}
        );
        EXPECT_TRUE(fs::is_empty(folder.path("nscd")));
        EXPECT_EQ(read_file(folder.path("link")), "inside");
        EXPECT_FALSE(fs::exists(folder.path("resolve/deep/socket")));
    }));
    EXPECT_TRUE(fs::exists(folder.path("nscd/socket")));
}

TEST(Enclosure, NamesTheSettingWhenNamespacesAreUsedUp) {
    EXPECT_TRUE(holds_in_child([] {
        require_entered({});
        std::ofstream("/proc/sys/user/max_user_namespaces") << "0";  // of the namespace alone
        const auto again = enter({});
        ASSERT_FALSE(again);
        EXPECT_EQ(again.error().kind, EnterError::Kind::NamespacesForbidden);
        EXPECT_EQ(again.error().what.id, "enclosure.enter.switched_off"_msg);
    }));
}

TEST(Enclosure, RefusesToDoWithoutAFileThatMustBeThere) {
    const Folder folder;
    fs::create_symlink(folder.path("nowhere"), folder.path("dangling"));
    fs::create_directory(folder.path("folder"));
    struct Row {
        std::string name;
        MessageId id;
    };
    const Row rows[] = {
        {"none", "enclosure.file.missing"_msg},
        {"folder", "enclosure.file.missing"_msg},
        {"dangling", "enclosure.file.dangling"_msg},
    };
    for (const auto& [name, id] : rows) {
        const auto entered = enter({{}, {{folder.path(name), "", Need::Always}}, {}});
        ASSERT_FALSE(entered) << name;
        EXPECT_EQ(entered.error().what.id, id) << name;
    }
}

}  // namespace
}  // namespace kakehashi::enclosure
