#include "enclosure/detail/refusal.h"

#include <gtest/gtest.h>

#include <map>

namespace kakehashi::enclosure::detail {
namespace {

using Kind = EnterError::Kind;
using Proc = std::map<std::string, std::string>;

const std::string kClone = "/proc/sys/kernel/unprivileged_userns_clone";
const std::string kAppArmor = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
const std::string kUsers = "/proc/sys/user/max_user_namespaces";
const std::string kNets = "/proc/sys/user/max_net_namespaces";
const std::string kStatus = "/proc/self/status";

EnterError refused(const SystemError& error, Proc machine) {
    return refusal(error, [&machine](const std::string& path) { return machine[path]; });
}

TEST(Refusal, NamesTheSettingThatForbids) {
    struct Row {
        SystemError error;
        Proc machine;
        std::string setting;
    };
    const Row rows[] = {
        {{"unshare", EPERM}, {{kClone, "0"}}, "kernel.unprivileged_userns_clone=1"},
        {{"unshare", EPERM},
         {{kClone, "1"}, {kAppArmor, "1"}},
         "kernel.apparmor_restrict_unprivileged_userns=0"},
        {{"/proc/self/uid_map", EACCES},
         {{kAppArmor, "1"}},
         "kernel.apparmor_restrict_unprivileged_userns=0"},
        {{"unshare", ENOSPC}, {{kUsers, "0"}}, "user.max_user_namespaces=16384"},
        {{"unshare", ENOSPC}, {{kNets, "0"}}, "user.max_net_namespaces=16384"},
    };
    for (auto [error, machine, setting] : rows) {
        machine.emplace(kUsers, "63000");
        const auto said = refused(error, machine);
        EXPECT_EQ(said.kind, Kind::NamespacesForbidden) << setting;
        EXPECT_EQ(said.what.id, "enclosure.enter.switched_off"_msg) << setting;
        EXPECT_NE(text(said.what, Language::English).find(setting), std::string::npos) << setting;
    }
}

TEST(Refusal, SaysWhatElseMayForbid) {
    struct Row {
        SystemError error;
        Proc machine;
        Kind kind;
        MessageId id;
    };
    const Proc plain = {
        {kUsers, "63000"}, {kClone, "1"}, {kAppArmor, "0"}, {kStatus, "A:\t2\nSeccomp:\t0\nB:\t2"}};
    Proc filtered = plain;
    filtered[kStatus] = "A:\t0\nSeccomp:\t2\n";
    const Row rows[] = {
        {{"unshare", EINVAL}, {}, Kind::Unsupported, "enclosure.enter.unsupported"_msg},
        {{"unshare", EPERM}, filtered, Kind::NamespacesForbidden, "enclosure.enter.filtered"_msg},
        {{"unshare", ENOSYS}, filtered, Kind::NamespacesForbidden, "enclosure.enter.filtered"_msg},
        {{"unshare", EPERM}, plain, Kind::NamespacesForbidden, "enclosure.enter.refused"_msg},
        {{"unshare", ENOSPC}, plain, Kind::NamespacesForbidden, "enclosure.enter.used_up"_msg},
        {{"write", ENOSPC}, plain, Kind::Failed, "enclosure.enter.failed"_msg},
        {{"mount /a", ENOTDIR}, plain, Kind::Failed, "enclosure.enter.failed"_msg},
        {{"unshare", EINVAL}, filtered, Kind::Failed, "enclosure.enter.failed"_msg},
    };
    for (const auto& [error, machine, kind, id] : rows) {
        const auto said = refused(error, machine);
        EXPECT_EQ(said.kind, kind) << error.call << error.number;
        EXPECT_EQ(said.what.id, id) << said.what.id.name();
        EXPECT_NE(text(said.what, Language::Japanese).find("kakehashi twin up"), std::string::npos);
    }
}

TEST(Refusal, ReadsAFileBelowProcWithoutItsLineEnd) {
    EXPECT_EQ(read_proc("/proc/sys/kernel/ostype"), "Linux");
    EXPECT_EQ(read_proc("/proc/no-such-file"), "");
}

}  // namespace
}  // namespace kakehashi::enclosure::detail
