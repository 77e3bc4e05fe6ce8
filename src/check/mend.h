#pragma once

#include "check/found.h"

#include <map>
#include <string>
#include <vector>

// What `check --fix` does to the texts of files. Pure; safe from every thread.
namespace kakehashi::check {

struct Mended {
    std::map<std::string, std::string> texts;  // the files that change, whole
    std::vector<const Found*> found;           // whose patch was applied; borrowed
};

// Applies the patches in the order of `findings`, each whole or not at all: not where it touches a
// file that `texts` lacks, a line that is not there, or one that an earlier patch has touched.
Mended mended(const std::vector<Found>& findings, const std::map<std::string, std::string>& texts);

}  // namespace kakehashi::check
