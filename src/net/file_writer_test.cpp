#include "net/file_writer.h"

#include "net/files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <sys/stat.h>

namespace kakehashi::net {
namespace {

namespace fs = std::filesystem;

class FileWriterTest : public testing::Test {
protected:
    FileWriterTest() {
        std::string name = fs::temp_directory_path() / "kakehashi-writer-XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~FileWriterTest() override {
        fs::permissions(folder_, fs::perms::owner_all);
        fs::remove_all(folder_);
    }

    std::string path(const std::string& name) const { return folder_ / name; }
    std::string read(const std::string& name) {
        auto text = SystemFiles().read(path(name), 1000);
        return text ? *text : "(none)";
    }
    std::size_t count() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder_), fs::directory_iterator())
        );
    }

    fs::path folder_;
    SystemFileWriter writer_;
};

TEST_F(FileWriterTest, WritesAllAndMakesFolders) {
    ASSERT_TRUE(writer_.write({{path("a"), "1"}, {path("new/b"), "2"}}, Existing::Kept));
    EXPECT_EQ(read("a"), "1");
    EXPECT_EQ(read("new/b"), "2");
    EXPECT_EQ(count(), 2U);
}

TEST_F(FileWriterTest, KeepsWhatIsThereAndThenWritesNothing) {
    ASSERT_TRUE(writer_.write({{path("b"), "old"}}, Existing::Kept));
    const auto refused = writer_.write({{path("a"), "1"}, {path("b"), "2"}}, Existing::Kept);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, WriteError::Kind::Exists);
    EXPECT_EQ(refused.error().path, path("b"));
    EXPECT_EQ(read("b"), "old");
    EXPECT_EQ(count(), 1U);  // neither "a" nor a temporary file
}

TEST_F(FileWriterTest, AReplacedFileKeepsItsMode) {
    ASSERT_TRUE(writer_.write({{path("a"), "1"}}, Existing::Kept));
    ASSERT_EQ(::chmod(path("a").c_str(), 0640), 0);
    ASSERT_TRUE(writer_.write({{path("a"), "2"}}, Existing::Replaced));
    struct stat status {};
    ASSERT_EQ(::stat(path("a").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0640U);
    EXPECT_EQ(read("a"), "2");
}

TEST_F(FileWriterTest, ALinkOrAFolderIsNoFile) {
    fs::create_symlink("elsewhere", path("link"));
    fs::create_directory(path("folder"));
    for (const char* name : {"link", "folder"}) {
        const auto refused =
            writer_.write({{path("first"), "1"}, {path(name), "2"}}, Existing::Replaced);
        ASSERT_FALSE(refused) << name;
        EXPECT_EQ(refused.error().kind, WriteError::Kind::NotAFile);
        EXPECT_FALSE(writer_.remove(path(name)));
    }
    EXPECT_EQ(count(), 2U);
}

TEST_F(FileWriterTest, RemovesAFile) {
    ASSERT_TRUE(writer_.write({{path("a"), "1"}}, Existing::Kept));
    ASSERT_TRUE(writer_.remove(path("a")));
    EXPECT_EQ(count(), 0U);
    EXPECT_FALSE(writer_.remove(path("a")));
}

}  // namespace
}  // namespace kakehashi::net
