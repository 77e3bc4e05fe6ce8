#include "cli/check.h"
namespace kakehashi::cli {
Exit run(const CheckOptions&, Terminal&, const Environment&, Files&, FileWriter&, const Clock&) { return Exit::Other; }
}
