#include "enclosure/enclosure.h"

#include "enclosure/detail/namespaces.h"
#include "enclosure/detail/private_files.h"
#include "enclosure/detail/refusal.h"
#include "enclosure/detail/routes.h"

namespace kakehashi::enclosure {

Expected<void, EnterError> enter(const Settings& settings) {
    KAKEHASHI_TRY(const detail::Layout layout, detail::lay_out(settings));
    auto done = detail::make_namespaces();
    if (done) done = detail::make_routes(settings.local_addresses);
    if (done) done = detail::show(layout);
    if (!done) return Failure{detail::refusal(done.error(), detail::read_proc)};
    return {};
}

}  // namespace kakehashi::enclosure
