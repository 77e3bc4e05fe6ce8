#include "net/handover.h"

#include "net/task_group.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>
#include <thread>

namespace kakehashi::net {
namespace {

class Handover : public testing::Test {
protected:
    Handover() {
        std::string name = testing::TempDir() + "handoverXXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~Handover() override { std::filesystem::remove_all(folder_); }
    std::string path() const { return folder_ + "/twin.sock"; }

    boost::asio::io_context io;

private:
    std::string folder_;
};

// Both ends of a pipe, as something whose identity shows: what goes in comes out.
struct Pipe {
    Pipe() {
        int ends[2] = {-1, -1};
        if (::pipe(ends) != 0) std::abort();
        reading = Descriptor(ends[0]);
        writing = Descriptor(ends[1]);
    }
    Descriptor reading = Descriptor(-1), writing = Descriptor(-1);
};

boost::asio::awaitable<void> take_one(
    HandoverListener* listener,
    std::optional<Handed>* taken,
    bool* ended
) {
    auto handed = co_await listener->accept();
    if (!handed) co_return;
    co_await handed->answer("ok");
    *taken = std::move(handed->handed());
    co_await handed->until_it_ends();
    *ended = true;
    listener->close();
}

TEST_F(Handover, GivesTextAndDescriptorsAndTellsTheEnd) {
    auto listener = HandoverListener::listen(io.get_executor(), path());
    ASSERT_TRUE(listener);
    struct stat found {};
    ASSERT_EQ(::stat(path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0600U);

    Pipe pipe;
    std::optional<std::string> answer;
    std::thread other([&] {
        auto giving = HandingOver::connect(path());
        if (!giving) return;
        Handed handed{"a place", {}};
        handed.sockets.push_back(std::move(pipe.writing));
        answer = giving->hand(handed);
    });
    std::optional<Handed> taken;
    bool ended = false;
    TaskGroup tasks(io.get_executor());
    tasks.spawn(take_one(&*listener, &taken, &ended));
    io.run();
    other.join();

    EXPECT_EQ(answer, "ok");
    EXPECT_TRUE(ended);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->text, "a place");
    ASSERT_EQ(taken->sockets.size(), 1U);
    ASSERT_EQ(::write(taken->sockets[0].get(), "x", 1), 1);
    char got = 0;
    EXPECT_EQ(::read(pipe.reading.get(), &got, 1), 1);
    EXPECT_EQ(got, 'x');
    EXPECT_FALSE(std::filesystem::exists(path()));  // closed: its place in the folder goes too
}

TEST_F(Handover, FindsNobodyWhereNobodyListens) {
    EXPECT_FALSE(HandingOver::connect(path()));
    EXPECT_FALSE(HandingOver::connect(std::string(200, 'x')));
    EXPECT_FALSE(HandoverListener::listen(io.get_executor(), std::string(200, 'x')));
}

}  // namespace
}  // namespace kakehashi::net
