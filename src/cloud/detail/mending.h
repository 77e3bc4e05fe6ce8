#pragma once

#include "cloud/explanation.h"
#include "cloud/model_access.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// How the smallest edit is looked for: candidates are made, those that help in memory are tried on
// the files, and what the world built again decides counts.
namespace kakehashi::cloud {

// A question with its answer, in the first world or in one that was built again.
struct Asked {
    const World* world = nullptr;
    Session session;
    Authorization decided;
    std::shared_ptr<const World> kept = nullptr;  // `world`, when it was built again
};

struct Candidate {
    Edit edit;
    std::size_t left = 0;  // obstacles, judged in memory; 0: it is enough
};

// Refusing types and matching denies of all legs: what an edit has to make fewer.
std::size_t obstacles_in(const Authorization& decided);

void for_each_policy(
    iam::PolicySet& set,
    iam::PolicyType type,
    const std::function<void(iam::Policy&)>& visit
);

// Edits of policies that turn round what is named, the better ones first.
std::vector<Candidate> policy_edits(const Asked& asked);
// Of what the caller sends, where a trust policy asks for it.
std::vector<Candidate> sent_edits(const Asked& asked);

// The question with a request's change made.
void change_request(const Change& change, Asked& asked);
// The question in the world built again with the edit's changes. nullopt: they cannot be made.
std::optional<Asked> asked_again(const Asked& asked, const Edit& edit);

// The line where the edit is to be made in the files as they are: those of a world that was built
// again help nobody.
void point_into(const World& world, Edit& edit);

std::string finding_of_refusal(const World& world, const Authorization& of);

// The policies' texts that a condition compares a key with: what a caller would have to send.
std::optional<std::string> compared_with(const iam::Policy& policy, std::string_view key);
json::array statements_of(const iam::Policy& policy);
bool blocked_by(const iam::Decision& decision, iam::PolicyType type);

// A profile that may be called here and stays in bedrock.allowed_regions; of `model` if that has
// one ("": of any), a configured one first. nullptr: there is none.
const aws::InferenceProfile* profile_inside(const World& world, std::string_view model);

Edit profile_edit(const std::string& profile);
// Whether the session may call the model, wherever the router sends it. Requires: a leg that was
// asked, whose context is taken.
bool may_invoke(const Asked& asked, const std::string& model_id, InvocationKind kind);

}  // namespace kakehashi::cloud
