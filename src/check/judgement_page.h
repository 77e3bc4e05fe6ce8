#pragma once

#include "check/judgement.h"

#include <chrono>
#include <string>
#include <vector>

// A judgement as one page for a reader who is no engineer: an auditor, a council. Pure; safe from
// every thread.
namespace kakehashi::check {

struct JudgedFile {
    std::string name, sha256;
};
struct PageFacts {                  // what the page says beside the judgement
    std::vector<JudgedFile> files;  // the configuration and the templates
    std::string operator_account;
    std::vector<std::string> municipalities;  // "sample-city (111111111111)"
    std::vector<std::string> allowed_regions, profiles;
    std::string managed_policies_date, version;
    std::chrono::sys_days date;
};
enum class PageForm { Markdown, Html };

std::string judgement_page(
    const Judgement& judgement,
    const PageFacts& facts,
    PageForm form,
    kakehashi::Language language
);

}  // namespace kakehashi::check
