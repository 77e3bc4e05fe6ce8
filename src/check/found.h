#pragma once

#include "base/message.h"
#include "base/problem.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// What `check` found: values, as they are printed, suppressed, mended and compared.
namespace kakehashi::check {

// One request that shows what a finding means: IAM's view of it. Every one of them was replayed.
struct Witness {
    std::string principal, action, resource;
    std::string resource_account = {};  // "": the principal's own
    std::vector<std::pair<std::string, std::vector<std::string>>> context = {};  // by key, sorted
    std::string model_id = {};  // what a client would ask for, where the catalogue knows one
    std::string endpoint = {};  // id of the VPC endpoint that it goes through; "": not told
};

// Lines of a file, replaced. Edits of one file do not overlap.
struct LineEdit {
    std::string file;
    std::size_t first_line = 0, last_line = 0;  // from 1, both included; last < first: an insertion
                                                // before `first_line`
    std::string text = {};                      // with its line ends; "": the lines go
};

struct Found {
    std::string id;  // of finding::all()
    Location where;
    Message what;  // this case in one sentence; why and how to mend stand in finding.h
    std::optional<Message> fix = {};  // for this case, where more can be said than finding::fix
    std::optional<Witness> witness = {};
    std::vector<LineEdit> patch = {};  // `check --fix` writes it; empty: a person must decide
};

}  // namespace kakehashi::check
