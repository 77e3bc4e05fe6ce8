#include "base/hash.h"
#include "base/text.h"
#include "twin/s3.h"

// The layout is that of the bucket; the contents are ours.
// Source: the dnf configuration of Amazon Linux 2023; createrepo_c's repomd.xml.
namespace kakehashi::twin {
namespace {

constexpr std::string_view kPackage = "Packages/kakehashi-twin-1-1.noarch.rpm";
// The lead of an RPM says only that it is one. Nobody can install it.
const std::string kPackageBytes =
    std::string("\xED\xAB\xEE\xDB\x03\x00", 6) + std::string(90, '\0');

std::string primary() {
    return R"(<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns="http://linux.duke.edu/metadata/common" packages="1">
<package type="rpm"><name>kakehashi-twin</name><arch>noarch</arch>
<version epoch="0" ver="1" rel="1"/><checksum type="sha256" pkgid="YES">)" +
           sha256_hex(kPackageBytes) + R"(</checksum>
<summary>a file that stands for a package</summary><description/>
<location href=")" +
           std::string(kPackage) + R"("/></package>
</metadata>
)";
}

std::string repomd() {
    const std::string text = primary();
    return R"(<?xml version="1.0" encoding="UTF-8"?>
<repomd xmlns="http://linux.duke.edu/metadata/repo"><revision>1</revision>
<data type="primary"><checksum type="sha256">)" +
           sha256_hex(text) + R"(</checksum><location href="repodata/primary.xml"/><size>)" +
           std::to_string(text.size()) + R"(</size></data>
</repomd>
)";
}

bool is_architecture(std::string_view text) {
    return text == "x86_64" || text == "aarch64";
}

}  // namespace

// core/mirrors/RELEASE/ARCH/mirror.list leads to core/guids/kakehashi/ARCH/.
std::optional<std::string> built_in_mirror(std::string_view key, const std::string& origin) {
    const auto parts = split(key, '/');
    if (parts.size() < 5 || parts[0] != "core" || !is_architecture(parts[3])) return std::nullopt;
    if (parts[1] == "mirrors" && parts.size() == 5 && parts[4] == "mirror.list") {
        return origin + "/core/guids/kakehashi/" + std::string(parts[3]) + "/\n";
    }
    if (parts[1] != "guids" || parts[2] != "kakehashi") return std::nullopt;
    const std::string_view file =
        key.substr(static_cast<std::size_t>(parts[4].data() - key.data()));
    if (file == "repodata/repomd.xml") return repomd();
    if (file == "repodata/primary.xml") return primary();
    if (file == kPackage) return kPackageBytes;
    return std::nullopt;
}

}  // namespace kakehashi::twin
