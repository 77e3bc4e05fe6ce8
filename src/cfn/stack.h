#pragma once

#include "base/json.h"
#include "cfn/template.h"

#include <map>
#include <vector>

namespace kakehashi::cfn {

// What a template does not say.
struct StackSettings {
    std::string name, account, region;
    std::string partition = "aws";
    std::map<std::string, std::string>
        parameters;  // lists are comma-separated, as the AWS CLI takes them
    std::map<std::string, std::string> imports;  // Fn::ImportValue: what other stacks export
    // Partial: a stack before this one was refused, so an import that is not there is no news.
    enum class Exports { Whole, Partial } exports = Exports::Whole;
    // SetAside: a resource of a type that is not supported is listed, and what refers to it stands
    // without that value. For those who then decide nothing for certain.
    enum class Unsupported { Refused, SetAside } unsupported = Unsupported::Refused;
    std::vector<std::string>
        inert;  // [templates] inert: types a person vouches for; `*` at the end
};

struct Resource {
    std::string logical_id, type;
    std::string physical_id;  // what Ref gives; empty where AWS alone can say (AWS::EC2::EIP)
    json::object properties;  // no intrinsic is left; of the kinds that data/cfn-types.json says
    std::size_t line = 0;
};

// A resource that cannot touch the crossing and was not read.
struct PassedOver {
    std::string logical_id, type;
    Message reason;  // cfn.inert.…: of its type, or cfn.inert.declared
    Location where;
};

// A template resolved for one account and Region. Physical ids are made from account, Region, stack
// name and logical id: the same on every run, and as AWS writes them. Safe from every thread.
struct Stack {
    std::string file;
    StackSettings settings;
    std::vector<Resource> resources;  // in the order of the template; those whose Condition holds
    std::map<std::string, std::string> outputs;  // a list is joined by commas
    std::map<std::string, std::string> exports;
    std::vector<PassedOver> passed_over;
    std::vector<PassedOver> set_aside;     // of types that are not supported, if those may be there
    std::shared_ptr<const Node> resolved;  // behind line_of
    std::shared_ptr<const std::string> source;  // the template's text, for those who mend it

    const Resource* find(std::string_view logical_id) const;

    // What Fn::GetAtt gives; a list for NetworkInterfaceIds and DnsEntries of an endpoint. nullopt:
    // no such resource, or an attribute that cannot be known before AWS gives it.
    std::optional<json::value> attribute(std::string_view logical_id, std::string_view name) const;

    // The line of the source that made this part of the resolved template, also when an Fn::If
    // chose it or dropped its neighbours:
    // "Resources.R.Properties.Policies[0].PolicyDocument.Statement[1]". For a path that is not
    // there, the line of the nearest thing around it; 0 if nothing is.
    std::size_t line_of(std::string_view logical_path) const;
};

// What Ref gives for a resource of this type in a stack that is not resolved, where it has no name
// of its own: "vpce-…", "subnet-…". nullopt: it has one, or AWS alone can say.
std::optional<std::string> physical_id(
    const StackSettings& settings,
    std::string_view type,
    std::string_view logical_id
);

// Evaluates conditions, intrinsics and parameters, and judges every resource that is created by its
// type. Fails closed: an unknown type or property, a value of the wrong kind, an intrinsic that
// cannot be resolved, a dynamic reference, a macro: each is a Problem with line and path, and all
// of them are told (kProblemsMax). Never throws on any input.
Expected<Stack, Problems> resolve(const Template& source, const StackSettings& settings);

}  // namespace kakehashi::cfn
