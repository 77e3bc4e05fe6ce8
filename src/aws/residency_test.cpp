#include "aws/residency.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace kakehashi::aws {
namespace {

using Kind = ResidencyRefusal::Kind;

const RegionSet kJapan{"ap-northeast-1", "ap-northeast-3"};
const std::string kHaiku = "anthropic.claude-haiku-4-5-20251001-v1:0";
const std::string kTokyo = "ap-northeast-1";
const std::string kApplication =
    "arn:aws:bedrock:ap-northeast-1:222222222222:application-inference-profile/abcdefgh1234";

ResidencyGuard guard(ResidencyRules rules) {
    return {built_in_catalog(), std::move(rules)};
}
ResidencyGuard japan_guard() {
    return guard({kJapan, kTokyo});
}

TEST(Residency, LetsPassWhatStaysInJapan) {
    const std::string account = "arn:aws:bedrock:ap-northeast-1:222222222222:";
    struct Row {
        std::string model;
        RegionSet places;
    };
    const Row rows[] = {
        {"jp." + kHaiku, kJapan},
        {account + "inference-profile/jp." + kHaiku, kJapan},
        // Wrong, but in Japan: AWS refuses these.
        {kHaiku, {kTokyo}},
        {"arn:aws:bedrock:ap-northeast-1::foundation-model/" + kHaiku, {kTokyo}},
        {"arn:aws:bedrock:ap-northeast-3::foundation-model/" + kHaiku, kJapan},
        {"arn:aws:bedrock:ap-northeast-3:999999999999:inference-profile/jp." + kHaiku, kJapan},
    };
    for (const auto& [model, places] : rows) {
        const auto judged = japan_guard().judge(model, kTokyo);
        ASSERT_TRUE(judged) << model;
        EXPECT_EQ(judged->model_id(), model);
        EXPECT_EQ(judged->host_region(), kTokyo);
        EXPECT_EQ(judged->places(), places) << model;
    }
}

TEST(Residency, RefusesWithTheKindAndThePlaces) {
    const std::string account = "arn:aws:bedrock:ap-northeast-1:222222222222:";
    struct Row {
        std::string model, host;
        Kind kind;
        std::string outside;  // a Region that the sentence names
    };
    const Row rows[] = {
        {"us." + kHaiku, kTokyo, Kind::OutsideAllowed, "us-west-2"},
        {"apac.anthropic.claude-sonnet-4-20250514-v1:0",
         kTokyo,
         Kind::OutsideAllowed,
         "ap-south-2"},
        {"global." + kHaiku, kTokyo, Kind::OutsideAllowed, ""},
        {"arn:aws:bedrock:us-east-1::foundation-model/" + kHaiku,
         kTokyo,
         Kind::OutsideAllowed,
         "us-east-1"},
        {"arn:aws:bedrock:us-east-1:222222222222:inference-profile/jp." + kHaiku,
         kTokyo,
         Kind::OutsideAllowed,
         "us-east-1"},
        {"jp." + kHaiku, "us-east-1", Kind::SourceRegionDiffers, "us-east-1"},
        {"jp." + kHaiku, "ap-northeast-3", Kind::SourceRegionDiffers, "ap-northeast-3"},
        {"jp." + kHaiku, "", Kind::SourceRegionDiffers, ""},
        {kApplication, kTokyo, Kind::UnknownApplicationProfile, ""},
        {account + "prompt-router/a", kTokyo, Kind::PlacesUnknown, ""},
        {account + "prompt/ABCDEFGHIJ", kTokyo, Kind::PlacesUnknown, ""},
        {account + "imported-model/abcdefgh1234", kTokyo, Kind::PlacesUnknown, ""},
        {account + "provisioned-model/abcdefgh1234", kTokyo, Kind::PlacesUnknown, ""},
        {"jp.anthropic.claude-none", kTokyo, Kind::Unknown, ""},
    };
    for (const auto& [model, host, kind, outside] : rows) {
        const auto judged = japan_guard().judge(model, host);
        ASSERT_FALSE(judged) << model;
        EXPECT_EQ(judged.error().kind, kind) << model;
        const Message message = describe(judged.error());
        for (const Language language : {Language::English, Language::Japanese})
            EXPECT_NE(text(message, language).find(outside), std::string::npos)
                << text(message, language);
        EXPECT_TRUE(has_text(message.id));
    }
}

TEST(Residency, SaysThatAGlobalProfileMayRunAnywhere) {
    const auto judged = japan_guard().judge("global." + kHaiku, kTokyo);
    ASSERT_FALSE(judged);
    EXPECT_TRUE(judged.error().places.unbounded());
    EXPECT_EQ(describe(judged.error()).id.name(), "aws.residency.anywhere");
}

TEST(Residency, AGlobalProfileIsRefusedEvenWhereEverythingIsAllowed) {
    EXPECT_FALSE(guard({RegionSet::any(), kTokyo}).judge("global." + kHaiku, kTokyo));
    EXPECT_TRUE(guard({RegionSet::any(), kTokyo}).judge("us." + kHaiku, kTokyo));
}

TEST(Residency, AnApplicationProfileRunsWhereItsOriginalDoes) {
    struct Row {
        std::string copies_from;
        bool passes;
    };
    const Row rows[] = {
        {"jp." + kHaiku, true},
        {"arn:aws:bedrock:ap-northeast-1:222222222222:inference-profile/jp." + kHaiku, true},
        {"anthropic.claude-3-haiku-20240307-v1:0", true},
        {"us." + kHaiku, false},
        {"global." + kHaiku, false},
        {"arn:aws:bedrock:us-east-1::foundation-model/" + kHaiku, false},
        {kApplication, false},  // of itself
        {"", false},
        {"jp.", false},
    };
    for (const auto& [copies_from, passes] : rows) {
        const auto judged =
            guard({kJapan, kTokyo, {{kApplication, copies_from}}}).judge(kApplication, kTokyo);
        EXPECT_EQ(judged.has_value(), passes) << copies_from;
    }
    const std::string abroad =
        "arn:aws:bedrock:us-east-1:222222222222:application-inference-profile/abcdefgh1234";
    EXPECT_FALSE(guard({kJapan, kTokyo, {{abroad, "jp." + kHaiku}}}).judge(abroad, kTokyo));
}

// --- P30: nothing leaves Japan
// ---------------------------------------------------------------------

std::string joined(std::initializer_list<std::string_view> parts) {
    std::string out;
    for (std::string_view part : parts)
        out += part;
    return out;
}

// What must hold of every case, by a rule that shares no code with the guard: only these texts may
// ever pass, for the host in Tokyo.
std::set<std::string, std::less<>> texts_that_may_pass() {
    std::set<std::string, std::less<>> texts;
    for (const FoundationModel& known : built_in_catalog().models()) {
        texts.insert(known.id);
        for (const char* region : {"ap-northeast-1", "ap-northeast-3"})
            texts.insert(joined({"arn:aws:bedrock:", region, "::foundation-model/", known.id}));
    }
    for (const InferenceProfile& known : built_in_catalog().profiles()) {
        if (!known.id.starts_with("jp.")) continue;
        texts.insert(known.id);
        for (const char* region : {"ap-northeast-1", "ap-northeast-3"})
            for (const char* account : {"222222222222", "999999999999"})
                texts.insert(joined(
                    {"arn:aws:bedrock:", region, ":", account, ":inference-profile/", known.id}
                ));
    }
    return texts;
}

bool may_pass(std::string_view model) {
    static const auto texts = texts_that_may_pass();
    return texts.contains(model);
}

std::vector<std::string> every_id() {
    std::vector<std::string> ids;
    for (const FoundationModel& model : built_in_catalog().models())
        ids.push_back(model.id);
    for (const InferenceProfile& profile : built_in_catalog().profiles())
        ids.push_back(profile.id);
    return ids;
}

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return text;
}

std::string with(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    return at == text.npos ? text + std::string(to) : text.replace(at, from.size(), to);
}

// Each makes another text out of an id or ARN.
std::vector<std::function<std::string(const std::string&)>> changes() {
    using S = const std::string&;
    std::vector<std::function<std::string(const std::string&)>> all{
        [](S s) { return upper(s); },
        [](S s) { return upper(s.substr(0, 1)) + s.substr(1); },
        [](S s) { return " " + s; },
        [](S s) { return s + "\r\n"; },
        [](S s) { return s + std::string(1, '\0'); },
        [](S s) { return "\xEF\xBB\xBF" + s; },            // byte-order mark
        [](S s) { return s + "\xE2\x80\x8B"; },            // zero-width space
        [](S s) { return "\xE2\x80\xAE" + s; },            // right-to-left override
        [](S s) { return with(s, "a", "\xD0\xB0"); },      // Cyrillic a
        [](S s) { return with(s, "o", "\xCE\xBF"); },      // Greek omicron
        [](S s) { return with(s, ".", "\xEF\xBC\x8E"); },  // full-width full stop
        [](S s) { return with(s, "-", "\xE2\x80\x91"); },  // non-breaking hyphen
        [](S s) { return with(s, ":", "%3A"); },
        [](S s) { return with(s, ":", "%253A"); },
        [](S s) { return with(s, ".", "%2E"); },
        [](S s) { return "%6A%70." + s; },  // "jp." encoded
        [](S s) { return "./" + s; },
        [](S s) { return "../model/" + s; },
        [](S s) { return s + "/../us.anthropic.claude-sonnet-4-6"; },
        [](S s) { return s + "?x=jp."; },
        [](S s) { return s + "#jp."; },
        [](S s) { return s + ",jp.anthropic.claude-sonnet-4-6"; },
        [](S s) { return "\"" + s + "\""; },
        [](S s) { return s.substr(0, s.size() - 1); },
        [](S s) { return s + s; },
    };
    for (const char* prefix :
         {"jp.", "us.", "eu.", "apac.", "global.", "au.", "us-gov.", "ca.", "JP."})
        all.emplace_back([prefix](S s) { return prefix + s; });
    return all;
}

std::vector<std::string> generated_cases() {
    std::vector<std::string> cases;
    for (const std::string& id : every_id()) {
        cases.push_back(id);
        for (const auto& change : changes())
            cases.push_back(change(id));
        for (const char* kind :
             {"foundation-model/",
              "inference-profile/",
              "application-inference-profile/",
              "prompt-router/"})
            for (const char* account : {"", "222222222222", "999999999999"})
                for (const char* region :
                     {"ap-northeast-1", "ap-northeast-3", "us-east-1", "", "*", "ap-northeast-2"})
                    cases.push_back(
                        "arn:aws:bedrock:" + std::string(region) + ":" + account + ":" + kind + id
                    );
    }
    for (const Region& region : commercial_regions())
        for (const std::string& id : every_id()) {
            cases.push_back(foundation_model_arn(region.id, id));
            cases.push_back(inference_profile_arn(region.id, "222222222222", id));
        }
    const std::string arn = inference_profile_arn(kTokyo, "222222222222", "jp." + kHaiku);
    for (const auto& change : changes())
        cases.push_back(change(arn));
    return cases;
}

TEST(Residency, P30_NothingOfAllGeneratedModelIdsLeavesJapan) {
    const std::vector<std::string> cases = generated_cases();
    ASSERT_GE(cases.size(), 2000U);
    const ResidencyGuard judge = japan_guard();
    std::size_t passed = 0;
    for (const std::string& model : cases) {
        const auto judged = judge.judge(model, kTokyo);
        if (judged) {
            ++passed;
            EXPECT_TRUE(may_pass(model)) << model;
            EXPECT_TRUE(judged->places().within(kJapan)) << model;
            EXPECT_EQ(judged->model_id(), model);
        } else {
            EXPECT_FALSE(may_pass(model)) << model;  // and nothing that stays is refused
            EXPECT_EQ(judged.error().model_id, model);
            EXPECT_TRUE(has_text(describe(judged.error()).id)) << model;
        }
    }
    EXPECT_GT(passed, 0U);
}

TEST(Residency, P30_NoHostButTheConfiguredOneIsUsed) {
    const ResidencyGuard judge = japan_guard();
    std::vector<std::string> hosts{"", " ap-northeast-1", "ap-northeast-1 ", "AP-NORTHEAST-1", "*"};
    for (const Region& region : commercial_regions())
        hosts.push_back(region.id);
    for (const std::string& host : hosts)
        for (const std::string& id : every_id())
            if (host != kTokyo) {
                EXPECT_FALSE(judge.judge(id, host)) << id << " at " << host;
            }
}

TEST(Residency, P30_ApplicationProfilesLeadNobodyOut) {
    for (const std::string& id : every_id())
        for (const Region& region : commercial_regions()) {
            const std::string application =
                "arn:aws:bedrock:" + region.id +
                ":222222222222:application-inference-profile/abcdefgh1234";
            const auto judged =
                guard({kJapan, kTokyo, {{application, id}}}).judge(application, kTokyo);
            const bool stays = kJapan.contains(region.id) && may_pass(id);
            EXPECT_EQ(judged.has_value(), stays) << application << " → " << id;
        }
}

TEST(Residency, P30_MistakesInTheConfigurationRefuse) {
    const std::string profile = "jp." + kHaiku;
    const ResidencyRules mistakes[] = {
        {{}, kTokyo},                                    // nothing allowed
        {{kTokyo}, kTokyo},                              // Osaka forgotten
        {{"ap-northeast-3"}, kTokyo},                    // the source forgotten
        {{"AP-NORTHEAST-1", "AP-NORTHEAST-3"}, kTokyo},  // case
        {{"ap-northeast-1 ", "ap-northeast-3 "}, kTokyo},
        {{"ap-northeast-1,ap-northeast-3"}, kTokyo},
        {{"Tokyo", "Osaka"}, kTokyo},
        {kJapan, ""},
        {kJapan, "us-east-1"},
        {kJapan, "Tokyo"},
    };
    for (const ResidencyRules& rules : mistakes)
        EXPECT_FALSE(guard(rules).judge(profile, kTokyo)) << to_string(rules.allowed);
    // A source outside the allowed Regions is refused at its own host, too.
    EXPECT_FALSE(guard({kJapan, "us-east-1"}).judge(profile, "us-east-1"));
    EXPECT_FALSE(guard({kJapan, ""}).judge(profile, ""));
}

}  // namespace
}  // namespace kakehashi::aws
