#include "base/text.h"
#include "cloud/detail/mending.h"

#include <algorithm>
#include <array>
#include <utility>

// What turns round a refusal that is not IAM's: the account's state, the model that was asked for,
// or the request itself.
namespace kakehashi::cloud {
namespace {

using Operation = Change::Operation;

// What Bedrock gives an account to begin with, in orders of magnitude (unverified for each model).
constexpr std::int64_t kUsualRequests = 1000, kUsualTokens = 1'000'000;
constexpr std::int64_t kChainedSecondsMax = 3600;

Change of_request(std::string path, json::value value) {
    return {Change::Of::Request, Operation::Set, "", std::move(path), std::move(value)};
}

class GateEdits {
public:
    GateEdits(const World& world, const GateRefusal& refusal)
        : world_(world),
          refusal_(refusal),
          model_id_(json::find_string(refusal.parameters, "modelId").value_or("")),
          account_(refusal.session ? world.account(refusal.session->account) : nullptr) {}

    Explanation run() {
        out_.finding = refusal_.finding;
        using Edits = void (GateEdits::*)();
        struct Row {
            std::string_view finding;
            Edits edits;
        };
        static constexpr std::array kRows = {
            Row{"form-missing", &GateEdits::approve_form},
            Row{"country-refused", &GateEdits::move_country},
            Row{"marketplace-missing", &GateEdits::subscribe},
            Row{"quota-exceeded", &GateEdits::raise_quota},
            Row{"throttled", &GateEdits::unscript},
            Row{"model-legacy", &GateEdits::use_profile},
            Row{"profile-unknown", &GateEdits::use_profile},
            Row{"wrong-source-region", &GateEdits::use_region},
            Row{"sts-global-endpoint", &GateEdits::use_regional_endpoint},
            Row{"clock-wrong", &GateEdits::set_clock},
            Row{"credentials-expired", &GateEdits::renew_credentials},
            Row{"credentials-missing", &GateEdits::renew_credentials},
            Row{"chained-duration", &GateEdits::shorten},
            Row{"caller-may-not-assume", &GateEdits::leave_out_parameters},
            Row{"", &GateEdits::unscript},
        };
        const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& each) {
            return each.finding == refusal_.finding;
        });
        if (row != kRows.end()) (this->*(row->edits))();
        return std::move(out_);
    }

private:
    void add(Message what, Change change, Location where = {}) {
        if (where.file.empty()) where.file = change.file;
        if (where.path.empty()) where.path = change.path;
        out_.edits.push_back({std::move(what), std::move(where), {std::move(change)}});
    }

    // --- the account's state ---

    // A key of the account's table in [twin], and whether the gate is open in the world with it.
    template <class IsOpen>
    void set_state(const char* key, json::value value, const IsOpen& is_open) {
        if (!account_) return;
        const std::string table =
            account_->name == "operator" ? "twin.operator" : "twin.municipality." + account_->name;
        const std::string shown =
            value.is_string() ? std::string(json::view(value.as_string())) : json::serialize(value);
        add({"cloud.edit.account_state"_msg, {{"key", table + "." + key}, {"value", shown}}},
            {Change::Of::File,
             Operation::Set,
             world_.configuration().file,
             table + "." + key,
             std::move(value)},
            account_->state.where.of(key));
        out_.edits.back().where.file = world_.configuration().file;
        const auto changed = with_changes(world_, out_.edits.back().changes);
        const Account* account = changed ? (*changed)->account(account_->id) : nullptr;
        out_.proven = account && is_open(**changed, *account);
    }

    const aws::FoundationModel* model(const World& world, const Account& account) const {
        const auto invocation = resolve_invocation(world, account.id, model_id_);
        return invocation ? invocation->model : nullptr;
    }

    void approve_form() {
        set_state("use_case_form", "approved", [&](const World& world, const Account& account) {
            const auto* asked = model(world, account);
            return asked && !form_gate(world, account, *asked);
        });
    }

    void move_country() {
        set_state("country", "JP", [&](const World& world, const Account& account) {
            const auto* asked = model(world, account);
            return asked && !country_gate(account, *asked);
        });
    }

    void subscribe() {
        const auto* asked = account_ ? model(world_, *account_) : nullptr;
        if (!asked) return;
        auto models = initial_subscriptions(world_, *account_);
        models.insert(asked->id);
        set_state(
            "subscriptions",
            json::array(models.begin(), models.end()),
            [&](const World& world, const Account& account) {
                return initial_subscriptions(world, account).contains(asked->id);
            }
        );
    }

    void raise_quota() {
        if (!account_) return;
        const bool tokens = refusal_.message.find("tokens") != refusal_.message.npos;
        const auto& now =
            tokens ? account_->state.tokens_per_minute : account_->state.requests_per_minute;
        const std::int64_t usual = tokens ? kUsualTokens : kUsualRequests;
        const std::int64_t wanted =
            std::max<std::int64_t>(std::int64_t{now.value_or(0)} * 10, usual);
        set_state(
            tokens ? "tokens_per_minute" : "requests_per_minute",
            wanted,
            [&](const World&, const Account& account) {
                const auto& state = account.state;
                return (tokens ? state.tokens_per_minute : state.requests_per_minute) == wanted;
            }
        );
    }

    // An error that the model's script asks for.
    void unscript() {
        const auto& replies = world_.configuration().twin.replies;
        for (std::size_t i = 0; i < replies.size(); ++i) {
            if (replies[i].error != refusal_.code || replies[i].error_at_event) continue;
            const std::string path = "twin.reply[" + std::to_string(i) + "].error";
            add({"cloud.edit.unscript"_msg, {{"code", refusal_.code}}},
                {Change::Of::File, Operation::Remove, world_.configuration().file, path},
                replies[i].where.of("error"));
            out_.proven = with_changes(world_, out_.edits.back().changes).has_value();
            return;
        }
    }

    // --- the request ---

    void use_profile() {
        const auto reference = aws::resolve_model_id(world_.catalog(), model_id_);
        std::string model = reference ? reference->id : model_id_;
        if (const auto* profile = world_.catalog().profile(model)) model = profile->model;
        const auto* profile = profile_inside(world_, model);
        if (!profile || !refusal_.session) return;
        out_.edits = {profile_edit(profile->id)};
        const auto kind = refusal_.event.find("Stream") == std::string::npos
                              ? InvocationKind::Unary
                              : InvocationKind::Streaming;
        Asked asked{&world_, *refusal_.session, {}};
        asked.decided.legs.emplace_back().request.context = refusal_.context;
        out_.proven = may_invoke(asked, profile->id, kind);
    }

    // Of the model's ARN or profile, else of the signature.
    void use_region() {
        if (refusal_.code == "ValidationException") return use_profile();
        add({"cloud.edit.sign_for_region"_msg, {{"region", world_.region()}}},
            of_request("region", json::value(world_.region())));
        out_.proven = true;  // the gate compares just this
    }

    void use_regional_endpoint() {
        const std::string url = "https://sts." + world_.region() + ".amazonaws.com";
        add({"cloud.edit.regional_endpoint"_msg, {{"url", url}}},
            of_request("endpoint", json::value(url)));
        out_.proven = true;
    }

    void set_clock() {
        add({"cloud.edit.set_clock"_msg}, of_request("clock", "now"));
        out_.proven = true;
    }

    void renew_credentials() {
        add({"cloud.edit.renew_credentials"_msg}, of_request("credentials", "fresh"));
        out_.proven = true;
    }

    void shorten() {
        const auto arn = json::find_string(refusal_.parameters, "roleArn");
        const Role* role = arn ? world_.role(*arn) : nullptr;
        if (!role) return;
        const bool chained = refusal_.session && refusal_.session->kind == Session::Kind::Role;
        const std::int64_t most = role->session_max.count();
        const std::int64_t seconds = chained ? std::min(most, kChainedSecondsMax) : most;
        add({"cloud.edit.shorten"_msg, {{"seconds", std::to_string(seconds)}}},
            of_request("DurationSeconds", seconds));
        out_.proven = true;
    }

    // No device and no second source identity is there, whatever a policy says.
    void leave_out_parameters() {
        const bool device = refusal_.message.starts_with("MultiFactor");
        if (!device && refusal_.message.find("source identity") == std::string::npos) return;
        const char* parameter = device ? "TokenCode" : "SourceIdentity";
        Change change{Change::Of::Request, Operation::Remove, "", parameter};
        add({"cloud.edit.leave_out"_msg, {{"parameter", parameter}}}, std::move(change));
        if (device) {
            out_.edits.back().changes.push_back(
                {Change::Of::Request, Operation::Remove, "", "SerialNumber"}
            );
        }
    }

    const World& world_;          // outlives this
    const GateRefusal& refusal_;  // outlives this
    const std::string model_id_;
    const Account* account_;
    Explanation out_;
};

}  // namespace

Explanation explain_gate(const World& world, const GateRefusal& refusal) {
    return GateEdits(world, refusal).run();
}

}  // namespace kakehashi::cloud
