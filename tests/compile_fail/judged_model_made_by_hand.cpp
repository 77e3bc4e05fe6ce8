#include "aws/residency.h"

using kakehashi::aws::JudgedModel;
using kakehashi::aws::ResidencyGuard;

std::string send(const JudgedModel& model) {
    return model.model_id();
}

std::string allowed(const ResidencyGuard& guard) {
    auto judged = guard.judge("jp.anthropic.claude-haiku-4-5-20251001-v1:0", "ap-northeast-1");
    return judged ? send(*judged) : "";
}

#ifdef REFUSED
std::string refused() {
    return send(JudgedModel("us.anthropic.claude-opus-5", "ap-northeast-1", {}));
}
#endif
