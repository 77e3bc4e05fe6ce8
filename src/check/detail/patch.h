#pragma once

#include "check/detail/pair.h"

#include <string>
#include <string_view>
#include <vector>

// Edits of a template's lines for `check --fix`. Each is made only where the lines have a form in
// which it is sure: a key with its scalar, an item of a block list, or a flow list on one line.
// Where they have not, the result is empty, and a person decides. JSON templates get none.
namespace kakehashi::check {

using Patch = std::vector<LineEdit>;

// "HttpTokens" below "MetadataOptions" becomes `value`; if it is absent it is added to what holds
// it. `below` is a path under the resource's Properties.
Patch set_property(
    const DeclaredResource& declared,
    std::string_view below,
    std::string_view key,
    std::string_view value
);

// AWS's own policy goes from the role's ManagedPolicyArns; if it is the last, the key goes too.
Patch detach_managed_policy(const Pair& pair, const cloud::Role& role, const iam::Policy& policy);

// The item at a path of the stack, "Resources.X.…Action[1]": taken out, or followed by a copy in
// which `from` is `to`. A scalar without a list becomes a list.
Patch remove_item(const DeclaredResource& declared, std::string_view path);
Patch copy_item(
    const DeclaredResource& declared,
    std::string_view path,
    std::string_view from,
    std::string_view to
);

// The same in a policy's statement, whose elements stand below it: "Action[0]".
Patch remove_item(const Pair& pair, const StatementText& statement, std::string_view below);
Patch copy_item(
    const Pair& pair,
    const StatementText& statement,
    std::string_view below,
    std::string_view from,
    std::string_view to
);

// `Version: "2012-10-17"` for the policy document.
Patch set_version(const Pair& pair, const iam::Policy& policy);

// The text with its lines replaced. Requires: edits of this text, which do not overlap.
std::string apply_edits(std::string_view text, std::vector<LineEdit> edits);

}  // namespace kakehashi::check
