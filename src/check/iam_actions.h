#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

// The actions of some services and the condition keys that each of them sets.
// Data: data/iam-actions.json, dated. Safe from every thread; what is returned lives as long as
// the program.
namespace kakehashi::check {

struct IamAction {
    std::string name;                    // "InvokeModel"
    std::string level;                   // "read", "list", "write", "tagging", "permissions"
    std::vector<std::string> resources;  // types: "foundation-model"
    std::vector<std::string> keys;  // "bedrock:InferenceProfileArn", "aws:RequestTag/${TagKey}"
};

struct IamService {
    std::string name;                // "bedrock"
    std::vector<IamAction> actions;  // sorted by name
    std::vector<std::string> keys;   // of all of them
};

const IamService* iam_service(std::string_view name);  // nullptr: a service that is not held
std::vector<const IamAction*> matching_actions(const IamService& service, std::string_view pattern);

// The action, "service:Name", that is nearest to a misspelt one; "" if none is near. Of a service
// that is not held only a misspelt service is told.
std::string nearest_action(std::string_view action);

enum class KeyKnown { Yes, No, NotHeld };  // NotHeld: of a service or provider that is not held
KeyKnown condition_key_known(std::string_view key);
bool is_global_condition_key(std::string_view key);  // of every request, whatever its service
// Of "aws:RequestTag/team" and "aws:RequestTag/${TagKey}"; names match in any case.
bool same_condition_key(std::string_view key, std::string_view documented);
// Of every key that is held, the one that is nearest to a misspelt one; "" if none is near.
std::string nearest_condition_key(std::string_view key);

}  // namespace kakehashi::check
