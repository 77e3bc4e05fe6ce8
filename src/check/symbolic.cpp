#include "check/symbolic.h"

#include "base/text.h"

#include <algorithm>

namespace kakehashi::check {
namespace {

using iam::ConditionKind;
using iam::ConditionSet;
using iam::Grant;
using iam::Listed;
using iam::PatternPieces;
using PieceKind = iam::PatternPiece::Kind;

constexpr std::string_view kUnreadable = "none";  // neither number, date nor address
constexpr std::size_t kArnParts = 5;              // behind "arn"

bool is_compared(ConditionKind kind) {
    return kind == ConditionKind::Number || kind == ConditionKind::Date ||
           kind == ConditionKind::Ip;
}

void append(SymbolPattern& to, const SymbolPattern& from) {
    to.insert(to.end(), from.begin(), from.end());
}

SymbolPattern any_case(SymbolPattern symbols) {
    for (Symbol& symbol : symbols) {
        const char32_t c = symbol.character;
        const bool upper = c >= U'A' && c <= U'Z';
        const bool lower = c >= U'a' && c <= U'z';
        if (symbol.kind != Symbol::Kind::Character || !(upper || lower)) continue;
        symbol = {Symbol::Kind::CharacterAnyCase, upper ? c - U'A' + U'a' : c};
    }
    return symbols;
}

Language exactly_these(const std::vector<std::string>& texts) {
    std::vector<SymbolPattern> patterns;
    patterns.reserve(texts.size());
    for (const std::string& text : texts)
        patterns.push_back(literal(text));
    return Language(std::move(patterns));
}

// Without an automaton for what most patterns are: one text, or `*` alone.
bool fits(const SymbolPattern& symbols, std::string_view text) {
    if (symbols.size() == 1 && symbols.front().kind == Symbol::Kind::AnyText) return true;
    return Language({symbols}).contains(text);
}

std::optional<bool> plain_fit(const PatternPieces& pieces, std::string_view text) {
    if (pieces.empty()) return text.empty();
    if (pieces.size() > 1) return std::nullopt;
    if (pieces.front().kind == PieceKind::AnyText) return true;
    if (pieces.front().kind == PieceKind::Text) return pieces.front().text == text;
    return std::nullopt;
}

bool on_side(const Side& side, const std::string& text) {
    return side.language.contains(text) == side.inside;
}

bool holds(const Atom& atom, const iam::Context::Entry* entry) {
    if (!entry || entry->values.empty()) return atom.if_missing;
    if (!entry->many) return on_side(atom.if_one, entry->values.front());
    const auto one = [&](const std::string& text) { return on_side(atom.of_many, text); };
    switch (atom.if_many) {
        case Atom::Many::Never:
            return false;
        case Atom::Many::SomeText:
            return std::any_of(entry->values.begin(), entry->values.end(), one);
        case Atom::Many::EveryText:
            return std::all_of(entry->values.begin(), entry->values.end(), one);
        case Atom::Many::Always:
            return true;
    }
    return false;
}

}  // namespace

namespace {

// Whether a glance shows that no text of the domain fits the pattern: a text that it does not have,
// or another beginning.
bool clearly_apart(const SymbolPattern& symbols, const Domain& domain) {
    const auto is_character = [](const Symbol& symbol) {
        return symbol.kind == Symbol::Kind::Character;
    };
    const auto fixed = std::find_if_not(symbols.begin(), symbols.end(), is_character);
    for (const Side& side : domain.one) {
        const auto& patterns = side.language.patterns();
        if (!side.inside) {
            const auto same = [&](const SymbolPattern& other) { return other == symbols; };
            const bool left_out = std::any_of(patterns.begin(), patterns.end(), same);
            if (fixed == symbols.end() && left_out) return true;
            continue;
        }
        const auto apart = [&](const SymbolPattern& other) {
            const auto other_fixed = std::find_if_not(other.begin(), other.end(), is_character);
            const auto [a, b] = std::mismatch(symbols.begin(), fixed, other.begin(), other_fixed);
            return a != fixed && b != other_fixed;
        };
        if (std::all_of(patterns.begin(), patterns.end(), apart)) return true;
    }
    return false;
}

}  // namespace

// --- Anatomies, KeyUses ---

const std::vector<iam::StatementAnatomy>& Anatomies::of(const iam::Policy& policy) {
    const auto [found, fresh] = kept_.try_emplace(&policy.compiled(), Kept{policy, {}});
    if (fresh) {
        for (std::size_t i = 0; i < policy.statement_count(); ++i)
            found->second.statements.push_back(iam::anatomy(policy, i));
    }
    return found->second.statements;
}

void KeyUses::add(const iam::Policy& policy, Anatomies& anatomies, Counts counts) {
    if (!seen_.insert(&policy.compiled()).second) return;
    const auto& statements = anatomies.of(policy);
    for (std::size_t i = 0; i < statements.size(); ++i) {
        if (counts && !counts(policy, i)) continue;
        note_variables(statements[i]);
        for (std::size_t c = 0; c < statements[i].conditions.size(); ++c) {
            const iam::ConditionAnatomy& condition = statements[i].conditions[c];
            Use& use = uses_[lower_ascii(condition.key)];
            if (!is_compared(condition.op.kind)) {
                use.as_text = use.as_text || condition.op.kind != ConditionKind::Null;
                continue;
            }
            use.compared.insert(condition.op.kind);
            for (std::string& text : iam::telling_values(policy, i, c)) {
                const auto same = std::find(use.telling.begin(), use.telling.end(), text);
                if (same == use.telling.end()) use.telling.push_back(std::move(text));
            }
        }
    }
}

// A key is read by a policy variable too.
void KeyUses::note_variables(const iam::StatementAnatomy& statement) {
    const auto note = [&](const iam::PatternPieces& pieces) {
        for (const iam::PatternPiece& piece : pieces) {
            if (piece.kind != iam::PatternPiece::Kind::Variable) continue;
            uses_[lower_ascii(piece.text)].as_text = true;
        }
    };
    if (statement.resources) {
        for (const iam::ArnPieces& resource : *statement.resources)
            std::for_each(resource.begin(), resource.end(), note);
    }
    for (const iam::ConditionAnatomy& condition : statement.conditions) {
        for (const iam::OperandPieces& operand : condition.operands) {
            if (const auto* pieces = std::get_if<iam::PatternPieces>(&operand)) note(*pieces);
            const auto* arn = std::get_if<iam::ArnPieces>(&operand);
            if (arn) std::for_each(arn->begin(), arn->end(), note);
        }
    }
}

void KeyUses::add(const iam::PolicySet& policies, Anatomies& anatomies, Counts counts) {
    const auto all = [&](const std::vector<iam::Policy>& several) {
        for (const iam::Policy& policy : several)
            add(policy, anatomies, counts);
    };
    all(policies.identity);
    if (policies.boundary) all(*policies.boundary);
    if (policies.session) all(*policies.session);
    if (policies.resource) add(*policies.resource, anatomies, counts);
    if (policies.endpoint) all(*policies.endpoint);
    for (const iam::Level& level : policies.scp)
        all(level.policies);
    for (const iam::Level& level : policies.rcp)
        all(level.policies);
}

const KeyUses::Use* KeyUses::find(const std::string& lower_key) const {
    const auto found = uses_.find(lower_key);
    return found == uses_.end() ? nullptr : &found->second;
}

// --- variables ---

Symbolic::Symbolic(const Question& question, Anatomies& anatomies, const KeyUses& uses)
    : question_(question), anatomies_(anatomies), uses_(uses), domains_(question.parts) {
    names_.resize(domains_.size());
}

std::optional<Variable> Symbolic::variable_of(std::string_view key) {
    const std::string lower = lower_ascii(key);
    if (lower == hidden_) return std::nullopt;
    const auto [found, fresh] = variables_.try_emplace(lower);
    if (!fresh) return found->second;
    if (const auto part = question_.same.find(lower); part != question_.same.end()) {
        return found->second = part->second;
    }
    if (question_.known.find(key)) return std::nullopt;
    auto domain = question_.free ? question_.free(key) : std::nullopt;
    if (!domain) return std::nullopt;
    const KeyUses::Use* use = uses_.find(lower);
    if (use && !use->compared.empty() && !use->mixed()) {
        std::vector<std::string> texts = use->telling;
        texts.emplace_back(kUnreadable);
        const Side telling{exactly_these(texts)};
        domain->one.push_back(telling);
        domain->many.push_back(telling);
    }
    domains_.push_back(*std::move(domain));
    names_.emplace_back(key);
    return found->second = static_cast<Variable>(domains_.size() - 1);
}

bool Symbolic::varies(std::string_view key) const {
    const auto found = variables_.find(lower_ascii(key));
    return found != variables_.end() && found->second;
}

iam::Request Symbolic::request(const std::vector<Value>& values) const {
    iam::Request out;
    out.action = question_.action;
    out.principal = question_.principal;
    out.resource_account = question_.resource_account;
    out.context = question_.known;
    const auto text = [&](Variable variable) {
        const Value& value = values.at(variable);
        return value.texts.empty() ? std::string() : value.texts.front();
    };
    out.resource = question_.resource ? "arn" : "*";
    if (question_.resource) {
        for (const Question::Part& part : *question_.resource) {
            const auto* known = std::get_if<std::string>(&part);
            out.resource += ":" + (known ? *known : text(std::get<Variable>(part)));
        }
    }
    for (const auto& [key, variable] : question_.same)
        out.context.set(key, text(variable));
    for (std::size_t i = question_.parts.size(); i < names_.size(); ++i) {
        const Value& value = values.at(i);
        if (value.shape == Value::Shape::One) out.context.set(names_[i], value.texts.front());
        if (value.shape == Value::Shape::Many) out.context.set_many(names_[i], value.texts);
    }
    return out;
}

Formula Symbolic::either(const iam::Policy& policy, std::size_t statement, std::string_view what)
    const {
    Problem construct{
        {"check.construct.not_understood"_msg,
         {{"what", std::string(what)}, {"policy", policy.name()}}},
        question_.where ? question_.where(policy, statement) : Location{}};
    return Formula::either(std::move(construct));
}

// --- patterns ---

// A pattern with what is known put in for its variables, and anything for what is not.
struct Symbolic::Written {
    SymbolPattern symbols = {};
    bool unresolved = false;  // a variable has no value: the pattern matches nothing, and then no
                              // negated operator and no NotResource holds
    bool uncertain = false;   // a variable is free
    bool impossible = false;  // a colon stands in a part that has none
};

Symbolic::Written Symbolic::written(
    const PatternPieces& pieces,
    ConditionKind kind,
    bool without_colon
) {
    using Kind = Symbol::Kind;
    const Symbol any_text{without_colon ? Kind::AnyTextButColon : Kind::AnyText};
    Written out;
    const auto put = [&](const std::string& text) {
        out.impossible = out.impossible || (without_colon && text.find(':') != text.npos);
        append(out.symbols, literal(text));
    };
    for (const iam::PatternPiece& piece : pieces) {
        switch (piece.kind) {
            case PieceKind::Text:
                put(piece.text);
                break;
            case PieceKind::AnyText:
                out.symbols.push_back(any_text);
                break;
            case PieceKind::AnyCharacter:
                out.symbols.push_back(
                    {without_colon ? Kind::AnyCharacterButColon : Kind::AnyCharacter}
                );
                break;
            case PieceKind::Variable: {
                const auto* entry = question_.known.find(piece.text);
                const bool has_value = entry && !entry->many && !entry->values.empty();
                if (variable_of(piece.text)) {
                    out.uncertain = true;
                    out.symbols.push_back(any_text);
                } else if (has_value) {
                    put(entry->values.front());
                } else if (piece.otherwise) {
                    put(*piece.otherwise);
                } else {
                    out.unresolved = true;
                    out.symbols.push_back(any_text);
                }
                break;
            }
        }
    }
    if (kind == ConditionKind::StringIgnoringCase) out.symbols = any_case(std::move(out.symbols));
    return out;
}

// As one text: `arn_parts` wants "arn" and five colons, and takes the rest as it is.
Symbolic::Written Symbolic::written_arn(const iam::ArnPieces& parts) {
    Written out;
    append(out.symbols, literal("arn"));
    for (std::size_t i = 0; i < kArnParts; ++i) {
        append(out.symbols, literal(":"));
        Written part;
        if (i < parts.size()) {
            part = written(parts[i], ConditionKind::Arn, i + 1 < kArnParts);
        } else {
            part.symbols = {
                {i + 1 < kArnParts ? Symbol::Kind::AnyTextButColon : Symbol::Kind::AnyText}};
        }
        // What a variable stands for is not looked at when another part differs.
        if (part.unresolved) {
            part.symbols = {
                {i + 1 < kArnParts ? Symbol::Kind::AnyTextButColon : Symbol::Kind::AnyText}};
        }
        append(out.symbols, part.symbols);
        out.unresolved = out.unresolved || part.unresolved;
        out.uncertain = out.uncertain || part.uncertain;
        out.impossible = out.impossible || part.impossible;
    }
    return out;
}

// --- resources ---

struct Symbolic::ArnMatch {
    bool differs = false;
    bool unresolved = false, uncertain = false;
    std::vector<Formula> parts = {};         // of variables before the last part
    std::optional<SymbolPattern> rest = {};  // for a last part that is a variable
};

Symbolic::ArnMatch Symbolic::match_parts(const iam::ArnPieces& pattern, Listed listed) {
    ArnMatch out;
    for (std::size_t i = 0; i < std::min(pattern.size(), kArnParts) && !out.differs; ++i) {
        match_part(pattern[i], i, listed, out);
    }
    return out;
}

void Symbolic::match_part(
    const PatternPieces& pattern,
    std::size_t index,
    Listed listed,
    ArnMatch& out
) {
    const Question::Part& asked = question_.resource->at(index);
    const auto* known = std::get_if<std::string>(&asked);
    const auto plain = known ? plain_fit(pattern, *known) : std::nullopt;
    if (plain) {
        out.differs = !*plain;
        return;
    }
    Written part = written(pattern, ConditionKind::Arn, index + 1 < kArnParts);
    out.unresolved = out.unresolved || part.unresolved;
    out.uncertain = out.uncertain || part.uncertain;
    if (part.unresolved) return;
    // A free variable may turn out to have no value, and then NotResource does not match.
    if (part.uncertain && listed == Listed::AllBut) return;
    out.differs = part.impossible || (known && !fits(part.symbols, *known));
    if (out.differs || known) return;
    match_free_part(std::move(part.symbols), index, out);
}

void Symbolic::match_free_part(SymbolPattern symbols, std::size_t index, ArnMatch& out) {
    const Variable variable = std::get<Variable>(question_.resource->at(index));
    out.differs = clearly_apart(symbols, domains_.at(variable));
    if (out.differs) return;
    if (index + 1 == kArnParts) {
        out.rest = std::move(symbols);
        return;
    }
    Atom atom{variable};
    atom.if_one = {Language({std::move(symbols)})};
    out.parts.push_back(Formula::atom(std::move(atom)));
}

Formula Symbolic::resource_matches(const iam::Policy& policy, std::size_t statement) {
    const iam::StatementAnatomy& from = anatomies_.of(policy)[statement];
    if (!from.resources) return Formula::truth(true);
    const bool named = from.resources_listed == Listed::Named;
    std::vector<Formula> alternatives;
    std::vector<SymbolPattern> rests;  // of patterns of which nothing else is open
    const auto rest_atom = [&](std::vector<SymbolPattern> patterns) {
        Atom atom{std::get<Variable>(question_.resource->back())};
        atom.if_one = {Language(std::move(patterns))};
        return Formula::atom(std::move(atom));
    };
    for (const iam::ArnPieces& pattern : *from.resources) {
        if (pattern.empty()) return Formula::truth(named);
        if (!question_.resource) continue;  // `*` is no ARN
        ArnMatch match = match_parts(pattern, from.resources_listed);
        if (match.differs || (named && match.unresolved)) continue;
        if (match.rest && match.parts.empty() && !match.uncertain) {
            rests.push_back(*std::move(match.rest));
            continue;
        }
        if (match.rest) match.parts.push_back(rest_atom({*std::move(match.rest)}));
        if (match.uncertain) match.parts.push_back(either(policy, statement, "Resource"));
        alternatives.push_back(Formula::all(std::move(match.parts)));
    }
    if (!rests.empty()) alternatives.push_back(rest_atom(std::move(rests)));
    const Formula any = Formula::any(std::move(alternatives));
    return named ? any : any.negated();
}

// --- conditions ---

Formula Symbolic::shaped(const iam::ConditionAnatomy& condition, Side side) {
    const iam::ConditionOperator& op = condition.op;
    Atom atom;
    atom.if_missing = op.if_exists || op.set == ConditionSet::AllValues ||
                      (op.set == ConditionSet::None && op.negated);
    atom.if_one = side;
    atom.of_many = std::move(side);
    atom.if_many = op.set == ConditionSet::None       ? Atom::Many::Never
                   : op.set == ConditionSet::AnyValue ? Atom::Many::SomeText
                                                      : Atom::Many::EveryText;
    const auto variable = variable_of(condition.key);
    if (!variable) return Formula::truth(holds(atom, question_.known.find(condition.key)));
    atom.variable = *variable;
    return Formula::atom(std::move(atom));
}

Formula Symbolic::null_condition(const iam::ConditionAnatomy& condition) {
    const auto wants = [&](bool missing) {
        return std::any_of(
            condition.operands.begin(),
            condition.operands.end(),
            [&](const iam::OperandPieces& operand) {
                const bool* value = std::get_if<bool>(&operand);
                return value && *value == missing;
            }
        );
    };
    Atom atom;
    atom.if_missing = wants(true);
    atom.if_one = {Language::everything(), wants(false)};
    atom.if_many = wants(false) ? Atom::Many::Always : Atom::Many::Never;
    const auto variable = variable_of(condition.key);
    if (!variable) return Formula::truth(holds(atom, question_.known.find(condition.key)));
    atom.variable = *variable;
    return Formula::atom(std::move(atom));
}

// What a condition's operands match: certainly, without an answer, and perhaps.
struct Symbolic::Texts {
    std::vector<SymbolPattern> certain = {}, unresolved = {}, perhaps = {};

    void add(Written one, bool is_arn) {
        if (one.impossible) return;
        if (one.unresolved && !is_arn) one.symbols = wildcards("*");
        auto& to = one.unresolved ? unresolved : one.uncertain ? perhaps : certain;
        to.push_back(std::move(one.symbols));
    }
};

Formula Symbolic::text_condition(
    const iam::ConditionAnatomy& condition,
    const iam::Policy& policy,
    std::size_t statement
) {
    Texts texts;
    for (const iam::OperandPieces& operand : condition.operands) {
        if (const auto* pieces = std::get_if<PatternPieces>(&operand)) {
            texts.add(written(*pieces, condition.op.kind, false), false);
        } else if (const auto* arn = std::get_if<iam::ArnPieces>(&operand)) {
            texts.add(written_arn(*arn), true);
        } else if (const bool* value = std::get_if<bool>(&operand)) {
            texts.certain.push_back(any_case(literal(*value ? "true" : "false")));
        }
    }
    const bool negated = condition.op.negated;
    const auto joined = [](std::vector<SymbolPattern> a, const std::vector<SymbolPattern>& b) {
        a.insert(a.end(), b.begin(), b.end());
        return Language(std::move(a));
    };
    if (!negated) {
        Formula sure = shaped(condition, {Language(texts.certain)});
        if (texts.perhaps.empty()) return sure;
        const Formula at_most = shaped(condition, {joined(texts.certain, texts.perhaps)});
        return Formula::any(
            {sure, Formula::all({at_most, either(policy, statement, condition.key)})}
        );
    }
    Formula at_most = shaped(condition, {joined(texts.certain, texts.unresolved), false});
    if (texts.perhaps.empty()) return at_most;
    // A free variable may also turn out to have no value.
    const Formula sure = shaped(condition, {Language::everything(), false});
    return Formula::any({sure, Formula::all({at_most, either(policy, statement, condition.key)})});
}

Formula Symbolic::compared_condition(
    const iam::ConditionAnatomy& condition,
    const iam::Policy& policy,
    std::size_t statement,
    std::size_t index
) {
    const std::string lower = lower_ascii(condition.key);
    const KeyUses::Use* use = uses_.find(lower);
    if (!use || use->mixed() || question_.same.contains(lower)) {
        return either(policy, statement, condition.key);
    }
    std::vector<std::string> matching;
    const auto add = [&](std::string_view text) {
        if (iam::value_matches(policy, statement, index, text)) matching.emplace_back(text);
    };
    for (const std::string& text : use->telling)
        add(text);
    add(kUnreadable);
    return shaped(condition, {exactly_these(matching)});
}

Formula Symbolic::condition_holds(
    const iam::Policy& policy,
    std::size_t statement,
    std::size_t index
) {
    const iam::ConditionAnatomy& condition = anatomies_.of(policy)[statement].conditions[index];
    if (condition.op.kind == ConditionKind::Null) return null_condition(condition);
    const bool free = variable_of(condition.key).has_value();
    if (condition.op.kind == ConditionKind::Binary && free) {
        return either(policy, statement, condition.key);
    }
    if (is_compared(condition.op.kind) && free) {
        return compared_condition(condition, policy, statement, index);
    }
    if (is_compared(condition.op.kind) || condition.op.kind == ConditionKind::Binary) {
        return Formula::truth(iam::condition_holds(policy, statement, index, question_.known));
    }
    return text_condition(condition, policy, statement);
}

// --- statements and policies ---

bool Symbolic::may_bear(const iam::Policy& policy, std::size_t statement) {
    return iam::acts_on(policy, statement, question_.action) &&
           resource_matches(policy, statement).kind() != Formula::Kind::False;
}

Formula Symbolic::matches(
    const iam::Policy& policy,
    std::size_t statement,
    iam::Boundary boundary
) {
    if (!iam::acts_on(policy, statement, question_.action)) return Formula::truth(false);
    const Grant grant =
        iam::names_caller(policy, statement, question_.principal, question_.known, boundary);
    if (grant == Grant::None) return Formula::truth(false);
    std::vector<Formula> all = {resource_matches(policy, statement)};
    if (all.front().kind() == Formula::Kind::False) return all.front();
    for (std::size_t i = 0; i < anatomies_.of(policy)[statement].conditions.size(); ++i) {
        all.push_back(condition_holds(policy, statement, i));
        if (all.back().kind() == Formula::Kind::False) return all.back();
    }
    return Formula::all(std::move(all));
}

void Symbolic::read(const iam::Policy& policy, Verdict& verdict) {
    for (std::size_t i = 0; i < policy.statement_count(); ++i) {
        const Formula one = matches(policy, i, boundary_);
        if (one.kind() == Formula::Kind::False) continue;
        if (policy.effect(i) == iam::Effect::Deny) {
            verdict.denies.push_back(one);
            continue;
        }
        verdict.allows.push_back(one);
        const Grant grant =
            iam::names_caller(policy, i, question_.principal, question_.known, boundary_);
        if (grant >= Grant::Role) verdict.as_role.push_back(one);
        if (grant >= Grant::Principal) verdict.as_principal.push_back(one);
    }
}

Symbolic::Verdict Symbolic::read(const std::vector<iam::Policy>& policies) {
    Verdict verdict;
    for (const iam::Policy& policy : policies)
        read(policy, verdict);
    return verdict;
}

Formula Symbolic::every_level_allows(const std::vector<iam::Level>& levels, Formula& denied) {
    std::vector<Formula> all;
    std::vector<Formula> denies = {denied};
    for (const iam::Level& level : levels) {
        Verdict one = read(level.policies);
        all.push_back(Formula::any(std::move(one.allows)));
        denies.push_back(Formula::any(std::move(one.denies)));
    }
    denied = Formula::any(std::move(denies));
    return Formula::all(std::move(all));
}

// The steps and their names are decide.cpp's.
Formula Symbolic::allowed(const iam::PolicySet& policies) {
    boundary_ = policies.boundary ? iam::Boundary::Present : iam::Boundary::Absent;
    std::vector<Formula> all;
    Formula denied = Formula::truth(false);
    const auto also_denied = [&](const Verdict& verdict) {
        std::vector<Formula> both = verdict.denies;
        both.push_back(denied);
        denied = Formula::any(std::move(both));
    };
    all.push_back(every_level_allows(policies.scp, denied));
    const bool rcp = policies.rcp_services == iam::PolicySet::RcpServices::Every ||
                     iam::is_bound_by_rcp(question_.action);
    if (rcp) every_level_allows(policies.rcp, denied);  // they never deny implicitly
    if (policies.endpoint) {
        const Verdict endpoint = read(*policies.endpoint);
        also_denied(endpoint);
        all.push_back(Formula::any(endpoint.allows));
    }
    std::vector<Formula> limits;
    for (const auto* limit : {&policies.boundary, &policies.session}) {
        if (!*limit) continue;
        const Verdict verdict = read(**limit);
        also_denied(verdict);
        limits.push_back(Formula::any(verdict.allows));
    }
    const Verdict identity = read(policies.identity);
    also_denied(identity);
    Verdict resource;
    if (policies.resource) read(*policies.resource, resource);
    also_denied(resource);
    all.push_back(denied.negated());

    const iam::CallerAnatomy caller = iam::caller_of(question_.principal);
    const Formula granted = Formula::any(resource.allows);
    if (caller.kind == iam::CallerKind::Other) {
        all.push_back(granted);
        return Formula::all(std::move(all));
    }
    const bool same_account =
        question_.resource_account.empty() || question_.resource_account == caller.account;
    const bool trust = policies.resource && policies.resource->type() == iam::PolicyType::Trust;
    if (!same_account || trust) all.push_back(granted);
    if (caller.kind == iam::CallerKind::Root) return Formula::all(std::move(all));
    const auto unless = [&](const std::vector<Formula>& grants, Formula needed) {
        const Formula direct = same_account ? Formula::any(grants) : Formula::truth(false);
        all.push_back(Formula::any({direct, std::move(needed)}));
    };
    unless(resource.as_role, Formula::any(identity.allows));
    unless(resource.as_principal, Formula::all(std::move(limits)));
    return Formula::all(std::move(all));
}

}  // namespace kakehashi::check
