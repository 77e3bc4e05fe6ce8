#include "check/brute_force.h"

#include "check/symbolic.h"
#include "iam/decide.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

// The proof held against brute force: small random worlds in which every resource and every context
// of a small alphabet is asked of iam::decide, and the search has to say the same.
namespace kakehashi::check {
namespace {

constexpr std::size_t kQuickWorlds = 300;
constexpr std::size_t kFullWorlds = 100'000;

const std::vector<std::string> kTails = {"", "a", "b", "ab", "ba"};
const std::vector<std::string> kTexts = {"", "a", "b", "ab", "ba"};
const std::vector<std::string> kParts = {"", "a", "b"};  // of the key that has several
// Each interval of the numbers 1 and 2, and a text that is none.
const std::vector<std::string> kNumbers = {"0", "1", "1.5", "2", "3", "none"};

class Dice {
public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    std::size_t below(std::size_t end) { return engine_() % end; }
    bool one_in(std::size_t n) { return below(n) == 0; }
    template <class List>
    const auto& of(const List& list) {
        return list[below(std::size(list))];
    }

private:
    std::mt19937_64 engine_;
};

// --- random policies, as JSON texts ---

std::string quoted(const std::string& text) {
    return "\"" + text + "\"";
}

std::string pattern(Dice& dice) {
    static const std::vector<std::string> kPieces = {"a", "b", "*", "?", "a", "b"};
    std::string out;
    for (std::size_t i = dice.below(4); i > 0; --i)
        out += dice.of(kPieces);
    return out;
}

std::string several(Dice& dice, const std::function<std::string()>& one) {
    std::string out = "[";
    for (std::size_t i = 0, end = 1 + dice.below(2); i < end; ++i)
        out += (i ? "," : "") + quoted(one());
    return out + "]";
}

std::string variable(Dice& dice) {
    static const std::vector<std::string> kVariables = {
        "${known}", "${missing}", "${missing,'a'}", "${known,'b'}", "${one}"};
    return dice.of(kVariables);
}

std::string arn(Dice& dice) {
    static const std::vector<std::string> kRegions = {"a", "b", "*", "?", "", "a*"};
    static const std::vector<std::string> kServices = {"x", "x", "*", "y"};
    if (dice.one_in(6)) return "*";
    std::string rest = pattern(dice);
    if (dice.one_in(12)) rest += variable(dice);
    const std::string region = dice.one_in(20) ? variable(dice) : dice.of(kRegions);
    return "arn:aws:" + dice.of(kServices) + ":" + region + ":111111111111:" + rest;
}

std::string text_operand(Dice& dice, bool wild) {
    if (dice.one_in(12)) return variable(dice);
    return wild ? pattern(dice) : dice.of(kTexts);
}

// {"StringLike":{"one":["a*"]}}, on one of the keys.
std::string condition(Dice& dice) {
    static const std::vector<std::string> kText = {
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase"};
    static const std::vector<std::string> kNumeric = {
        "NumericEquals",
        "NumericNotEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals"};
    static const std::vector<std::string> kSets = {"", "", "ForAnyValue:", "ForAllValues:"};
    static const std::vector<std::string> kKeys = {"one", "many", "known", "Region", "missing"};
    const std::string exists = dice.one_in(4) ? "IfExists" : "";
    if (dice.one_in(5)) {
        static const std::vector<std::string> kAll = {"one", "many", "number", "missing"};
        return R"({"Null":{")" + dice.of(kAll) + R"(":")" + (dice.one_in(2) ? "true" : "false") +
               "\"}}";
    }
    if (dice.one_in(5)) {
        const auto number = [&] {
            return dice.one_in(8) ? std::string("x") : dice.one_in(2) ? "1" : "2";
        };
        return "{" + quoted(dice.of(kSets) + dice.of(kNumeric) + exists) + R"(:{"number":)" +
               several(dice, number) + "}}";
    }
    const std::string op = dice.of(kText);
    const bool wild = op.find("Like") != op.npos;
    const auto text = [&] { return text_operand(dice, wild); };
    return "{" + quoted(dice.of(kSets) + op + exists) + ":{" + quoted(dice.of(kKeys)) + ":" +
           several(dice, text) + "}}";
}

std::string statement(Dice& dice, iam::PolicyType type, bool allow) {
    static const std::vector<std::string> kActions = {"x:Do", "x:*", "*", "x:d?", "x:Other"};
    const auto of_caller = [&] {
        static const std::vector<std::string> kPrincipals = {
            "*",
            "111111111111",
            "arn:aws:iam::111111111111:role/r",
            "arn:aws:sts::111111111111:assumed-role/r/s",
            "222222222222"};
        return dice.of(kPrincipals);
    };
    const bool names = type == iam::PolicyType::Endpoint || type == iam::PolicyType::Resource;
    std::string out = R"({"Effect":)" + quoted(allow ? "Allow" : "Deny");
    if (names) {
        const bool not_principal = !allow && dice.one_in(4);
        out += not_principal ? R"(,"NotPrincipal":{"AWS":)" : R"(,"Principal":{"AWS":)";
        out += several(dice, of_caller) + "}";
    }
    out += (dice.one_in(8) ? ",\"NotAction\":" : ",\"Action\":") + quoted(dice.of(kActions));
    out += dice.one_in(5) ? ",\"NotResource\":" : ",\"Resource\":";
    out += several(dice, [&] { return arn(dice); });
    if (!dice.one_in(3)) out += ",\"Condition\":" + condition(dice);
    return out + "}";
}

iam::Policy policy(Dice& dice, iam::PolicyType type) {
    const std::string version = dice.one_in(8) ? "2008-10-17" : "2012-10-17";
    std::string text = R"({"Version":)" + quoted(version) + R"(,"Statement":[)";
    text += statement(dice, type, !dice.one_in(8));
    for (std::size_t i = dice.below(3); i > 0; --i)
        text += "," + statement(dice, type, dice.one_in(2));
    text += "]}";
    auto read = iam::parse_policy(text, "random", type);
    EXPECT_TRUE(read) << text;
    return *std::move(read);
}

iam::PolicySet random_policies(Dice& dice) {
    iam::PolicySet out;
    out.identity = {policy(dice, iam::PolicyType::Identity)};
    if (dice.one_in(3)) out.identity.push_back(policy(dice, iam::PolicyType::Identity));
    if (dice.one_in(4)) out.boundary = {policy(dice, iam::PolicyType::Boundary)};
    if (dice.one_in(5)) out.session = {policy(dice, iam::PolicyType::Session)};
    if (dice.one_in(4)) out.endpoint = {policy(dice, iam::PolicyType::Endpoint)};
    if (dice.one_in(4)) out.resource = policy(dice, iam::PolicyType::Resource);
    for (std::size_t i = dice.below(5); i > 2; --i)
        out.scp.push_back({"level", {policy(dice, iam::PolicyType::Scp)}});
    return out;
}

// --- one world ---

Side among(const std::vector<std::string>& texts) {
    std::vector<SymbolPattern> patterns;
    for (const std::string& text : texts)
        patterns.push_back(literal(text));
    return {Language(std::move(patterns))};
}

enum class RegionIs { Known, Free };

Question question(RegionIs region, const std::string& resource_account) {
    Question out;
    out.action = "x:Do";
    out.principal = "arn:aws:sts::111111111111:assumed-role/r/s";
    out.resource_account = resource_account;
    out.known.set("aws:PrincipalArn", "arn:aws:iam::111111111111:role/r");
    out.known.set("known", "ab");
    Domain tail;
    tail.may_be_missing = false;
    tail.one = {among(kTails)};
    Domain part = tail;
    part.one = {among({"a", "b"})};
    out.parts = {tail, part};
    std::array<Question::Part, 5>& parts = out.resource.emplace();
    parts = {"aws", "x", "a", "111111111111", Variable{0}};
    if (region == RegionIs::Free) {
        parts[2] = Variable{1};
        out.same.emplace("region", Variable{1});
    } else {
        out.known.set("Region", "a");
    }
    out.free = [](std::string_view key) -> std::optional<Domain> {
        Domain domain;
        if (key == "one") {
            domain.one = {among(kTexts)};
            return domain;
        }
        if (key == "many") {
            domain.may_be_one = false;
            domain.may_be_many = true;
            domain.many = {among(kParts)};
            return domain;
        }
        if (key == "number") return domain;
        return std::nullopt;
    };
    return out;
}

// Whether the policies mention a key: what nobody reads need not be varied.
bool mentions(const iam::PolicySet& policies, const std::string& key) {
    const auto in = [&](const iam::Policy& policy) {
        const std::string text = json::serialize(policy.document());
        return text.find(quoted(key)) != text.npos || text.find("${" + key) != text.npos;
    };
    const auto in_any = [&](const std::vector<iam::Policy>& all) {
        return std::any_of(all.begin(), all.end(), in);
    };
    return in_any(policies.identity) || (policies.boundary && in_any(*policies.boundary)) ||
           (policies.session && in_any(*policies.session)) ||
           (policies.endpoint && in_any(*policies.endpoint)) ||
           (policies.resource && in(*policies.resource)) ||
           std::any_of(policies.scp.begin(), policies.scp.end(), [&](const iam::Level& level) {
               return in_any(level.policies);
           });
}

// Every request of the alphabet, until one is allowed.
bool some_request_is_allowed(
    const iam::PolicySet& policies,
    RegionIs region,
    const std::string& resource_account
) {
    iam::Request request;
    request.action = "x:Do";
    request.principal = "arn:aws:sts::111111111111:assumed-role/r/s";
    request.resource_account = resource_account;
    request.context.set("aws:PrincipalArn", "arn:aws:iam::111111111111:role/r");
    request.context.set("known", "ab");
    const bool reads_one = mentions(policies, "one");
    const bool reads_many = mentions(policies, "many");
    const bool reads_number = mentions(policies, "number");
    const auto with =
        [&](const char* key, bool reads, const std::vector<std::string>& texts, auto next) {
            request.context.erase(key);
            if (next()) return true;
            if (!reads) return false;
            for (const std::string& text : texts) {
                request.context.set(key, text);
                if (next()) return true;
            }
            return false;
        };
    const auto with_many = [&](auto next) {
        request.context.erase("many");
        if (next()) return true;
        if (!reads_many) return false;
        for (unsigned set = 1; set < 1U << kParts.size(); ++set) {
            std::vector<std::string> texts;
            for (std::size_t i = 0; i < kParts.size(); ++i) {
                if ((set >> i & 1U) != 0) texts.push_back(kParts[i]);
            }
            request.context.set_many("many", texts);
            if (next()) return true;
        }
        return false;
    };
    const std::vector<std::string> regions = region == RegionIs::Free
                                                 ? std::vector<std::string>{"a", "b"}
                                                 : std::vector<std::string>{"a"};
    const auto allowed = [&] { return iam::decide(request, policies).allowed(); };
    for (const std::string& each : regions) {
        request.context.set("Region", each);
        for (const std::string& tail : kTails) {
            request.resource = "arn:aws:x:" + each + ":111111111111:" + tail;
            const bool found = with("one", reads_one, kTexts, [&] {
                return with_many([&] { return with("number", reads_number, kNumbers, allowed); });
            });
            if (found) return true;
        }
    }
    return false;
}

struct Counts {
    std::size_t worlds = 0, allowed = 0, denied = 0, unknown = 0;
};

void compare(std::uint64_t seed, Counts& counts) {
    Dice dice(seed);
    const iam::PolicySet policies = random_policies(dice);
    const RegionIs region = dice.one_in(3) ? RegionIs::Free : RegionIs::Known;
    const std::string resource_account = dice.one_in(6) ? "222222222222" : "";
    const Question asked = question(region, resource_account);
    Anatomies anatomies;
    KeyUses uses;
    uses.add(policies, anatomies);
    Symbolic symbolic(asked, anatomies, uses);
    const Formula formula = symbolic.allowed(policies);
    Budget budget(1'000'000);
    SearchSize size;
    const SearchResult result = search(formula, symbolic.domains(), budget, size);
    const bool wanted = some_request_is_allowed(policies, region, resource_account);
    ++counts.worlds;
    ASSERT_FALSE(std::holds_alternative<GaveUp>(result)) << seed;
    const auto* found = std::get_if<Satisfied>(&result);
    if (!found) {
        ASSERT_FALSE(wanted) << "world " << seed << ": a request is allowed, and none was found";
        ++counts.denied;
        return;
    }
    const iam::Request witness = symbolic.request(found->values);
    if (iam::decide(witness, policies).allowed()) {
        ASSERT_TRUE(wanted) << "world " << seed << ": a request outside the alphabet";
        ++counts.allowed;
        return;
    }
    // What leans on nothing replays, always.
    ASSERT_FALSE(found->constructs.empty()) << "world " << seed << ": does not replay";
    ++counts.unknown;
}

TEST(BruteForce, TheProofSaysWhatEveryRequestOfASmallWorldSays) {
    const std::size_t worlds = times() > 1 ? kFullWorlds : kQuickWorlds;
    Counts counts;
    for (std::uint64_t seed = 1; seed <= worlds && !testing::Test::HasFatalFailure(); ++seed)
        compare(seed, counts);
    RecordProperty("worlds", static_cast<int>(counts.worlds));
    RecordProperty("unknown", static_cast<int>(counts.unknown));
    // The worlds are worth asking: both answers are common, and what cannot be told is rare.
    EXPECT_GT(counts.allowed, worlds / 8);
    EXPECT_GT(counts.denied, worlds / 5);
    EXPECT_LT(counts.unknown, worlds / 10);
}

}  // namespace
}  // namespace kakehashi::check
