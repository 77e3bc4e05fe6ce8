#pragma once

// KAKEHASHI_VERSION comes from project() by src/cli/CMakeLists.txt.
#ifndef KAKEHASHI_VERSION
#define KAKEHASHI_VERSION "unknown"
#endif
