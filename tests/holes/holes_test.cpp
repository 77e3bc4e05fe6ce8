#include "base/json.h"
#include "base/text.h"
#include "check/judgement.h"
#include "cloud/authorization.h"
#include "cloud/world.h"
#include "design/render.h"
#include "finding/finding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

// Each hole that one edit opens in the rendered pair is found, by its id and at its line, and the
// request that shows it is allowed by other hands than the proof's.
namespace kakehashi::check {
namespace {

using Files = std::map<std::string, std::string>;

constexpr std::chrono::sys_days kToday{std::chrono::year{2026} / 11 / 24};
constexpr TimePoint kNow{std::chrono::seconds(1'795'509'217)};
constexpr auto kEnglish = ::kakehashi::Language::English;

struct Hole {
    std::string name;
    std::string edited, from, to;  // "": the end of the file
    std::string id, file, at;      // where the finding stands
    bool refutes = false;
    Files files = {};
};

std::string text_of(const json::value& object, std::string_view key) {
    return std::string(json::find_string(object, key).value_or(""));
}

struct Holes {
    std::string toml;
    std::vector<Hole> all;
};
Holes read_holes() {
    std::ifstream in(KAKEHASHI_HOLES);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const json::value file = *json::parse(bytes);
    Holes out{text_of(file, "toml"), {}};
    for (const json::value& row : *json::find_array(file, "holes")) {
        const json::value& edit = *json::find(row, "edit");
        Hole hole;
        hole.name = text_of(row, "name");
        hole.edited = text_of(edit, "file");
        hole.from = text_of(edit, "from");
        hole.to = text_of(edit, "to");
        hole.id = text_of(row, "id");
        hole.file = text_of(row, "file");
        hole.at = text_of(row, "at");
        hole.refutes = json::find(row, "refutes") != nullptr;
        if (const auto* files = json::find_object(row, "files")) {
            for (const auto& [name, text] : *files)
                hole.files[std::string(name)] = std::string(json::view(text.as_string()));
        }
        out.all.push_back(std::move(hole));
    }
    return out;
}

std::string all_texts(const Problems& problems) {
    std::string out;
    for (const Problem& problem : problems)
        out += text(problem, kEnglish) + "\n";
    return out;
}

std::string all_texts(const std::vector<Found>& findings) {
    std::string out;
    for (const Found& found : findings)
        out += found.id + " " + text(found.where) + " " + text(found.what, kEnglish) + "\n";
    return out;
}

std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t out = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1))
        ++out;
    return out;
}

void apply(const Hole& hole, Files& files) {
    std::string& text = files[hole.edited];
    if (hole.from.empty()) {
        text += hole.to;
        return;
    }
    ASSERT_EQ(count_of(text, hole.from), 1U) << hole.from;
    text = replaced(text, hole.from, hole.to);
}

// Of the one place.
std::size_t line_of(std::string_view text, std::string_view part) {
    EXPECT_EQ(count_of(text, part), 1U) << part;
    const auto lines = std::count(text.begin(), text.begin() + text.find(part), '\n');
    return static_cast<std::size_t>(lines) + 1;
}

// The rendered pair with one edit, and the files that it is made of.
struct Edited {
    Files files;
    std::shared_ptr<const cloud::World> world;
};
Edited edited(const std::string& toml, const Hole* hole) {
    Edited out;
    out.files = hole ? hole->files : Files{};
    out.files["kakehashi.toml"] = toml;
    const bool configuration_itself = hole && hole->edited == "kakehashi.toml";
    if (configuration_itself) apply(*hole, out.files);
    auto configuration = config::read_configuration(out.files["kakehashi.toml"], "kakehashi.toml");
    EXPECT_TRUE(configuration) << (configuration ? "" : all_texts(configuration.error()));
    if (!configuration) return out;
    const auto pair = design::render(*configuration);
    EXPECT_TRUE(pair) << (pair ? "" : all_texts(pair.error()));
    if (!pair) return out;
    for (const auto* list : {&pair->operator_templates, &pair->municipality_templates}) {
        for (const design::TemplateFile& file : *list)
            out.files[file.name] = file.text;
    }
    if (hole && !configuration_itself) apply(*hole, out.files);
    auto world = cloud::build_world(pair->configuration, out.files);
    EXPECT_TRUE(world) << (world ? "" : all_texts(world.error()));
    if (world) out.world = *std::move(world);
    return out;
}

// --- a witness, asked once more ---

const std::vector<std::string>* values_of(const Witness& witness, std::string_view key) {
    for (const auto& [name, values] : witness.context) {
        if (equal_ignoring_case(name, key)) return &values;
    }
    return nullptr;
}

iam::Request request_of(const Witness& witness) {
    iam::Request out;
    out.action = witness.action;
    out.principal = witness.principal;
    out.resource = witness.resource;
    out.resource_account = witness.resource_account;
    for (const auto& [key, values] : witness.context) {
        if (values.size() == 1) out.context.set(key, values.front());
        if (values.size() != 1) out.context.set_many(key, values);
    }
    return out;
}

const cloud::Endpoint* endpoint_of(const cloud::World& world, const std::string& id) {
    for (const cloud::Endpoint& endpoint : world.endpoints()) {
        if (endpoint.id == id) return &endpoint;
    }
    return nullptr;
}

// By iam alone: the policies of whom the pair declares, and of the endpoint; others have unlimited
// rights of their own.
bool iam_allows(const cloud::World& world, const Witness& witness) {
    static const iam::Policy kUnlimited = *iam::parse_policy(
        R"({"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})",
        "unlimited",
        iam::PolicyType::Identity
    );
    const auto* arn = values_of(witness, "aws:PrincipalArn");
    const cloud::Role* role = arn ? world.role(arn->front()) : nullptr;
    iam::PolicySet policies;
    policies.identity = role ? role->identity : std::vector{kUnlimited};
    if (role) policies.boundary = role->boundary;
    const cloud::Endpoint* endpoint = endpoint_of(world, witness.endpoint);
    if (endpoint && endpoint->policy) policies.endpoint = std::vector{*endpoint->policy};
    return iam::decide(request_of(witness), policies).allowed();
}

// By the twin's authorisation, with a session made for it.
bool twin_allows(const cloud::World& world, const Witness& witness) {
    const cloud::Session session = cloud::declared_session(world, witness.principal, kNow);
    cloud::Leg leg{witness.action, witness.resource, witness.resource_account};
    for (const auto& [key, values] : witness.context) {
        const std::string lower = lower_ascii(key);
        if (lower == "aws:requestedregion" || lower.starts_with("bedrock:"))
            leg.keys.emplace_back(key, values.front());
    }
    return cloud::authorize(world, session, {cloud::Reach{}, kNow}, {leg}).allowed();
}

void expect_replays(const cloud::World& world, const Witness& witness) {
    SCOPED_TRACE(witness.principal + " " + witness.action + " " + witness.resource);
    EXPECT_TRUE(iam_allows(world, witness));
    const auto* arn = values_of(witness, "aws:PrincipalArn");
    if (arn && world.role(arn->front()) && witness.endpoint.empty()) {
        EXPECT_TRUE(twin_allows(world, witness));
    }
}

// --- the table ---

TEST(Holes, TheRenderedPairHasNone) {
    const Edited pair = edited(read_holes().toml, nullptr);
    ASSERT_TRUE(pair.world);
    const Judgement judgement = judge(*pair.world, kToday);
    EXPECT_EQ(judgement.works.verdict, Verdict::Proven);
    EXPECT_EQ(judgement.stays_in_japan.verdict(), Verdict::Proven);
    for (const Found& found : judgement.findings)
        EXPECT_EQ(finding::find(found.id)->severity, finding::Severity::Note) << found.id;
}

TEST(Holes, EachIsFoundByItsIdAtItsLine) {
    const Holes holes = read_holes();
    EXPECT_GE(holes.all.size(), 40U);
    for (const Hole& hole : holes.all) {
        SCOPED_TRACE(hole.name);
        const Edited pair = edited(holes.toml, &hole);
        if (!pair.world) continue;
        const Judgement judgement = judge(*pair.world, kToday);
        const std::size_t line = line_of(pair.files.at(hole.file), hole.at);
        const auto& all = judgement.findings;
        EXPECT_TRUE(std::any_of(
            all.begin(),
            all.end(),
            [&](const Found& found) {
                return found.id == hole.id && found.where.file == hole.file &&
                       found.where.line == line;
            }
        )) << hole.id
           << " " << hole.file << ":" << line << " is not among\n"
           << all_texts(all);
        EXPECT_EQ(judgement.stays_in_japan.verdict() == Verdict::Refuted, hole.refutes)
            << all_texts(all);
        for (const auto* part : {&judgement.stays_in_japan.iam, &judgement.stays_in_japan.both}) {
            for (const Doubt& doubt : part->doubts) {
                EXPECT_NE(doubt.why.id.name(), "check.proof.replay");
                if (doubt.witness) expect_replays(*pair.world, *doubt.witness);
            }
        }
    }
}

}  // namespace
}  // namespace kakehashi::check
