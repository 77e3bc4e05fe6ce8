#include "config/external_id.h"

#include <gtest/gtest.h>

namespace kakehashi::config {
namespace {

TEST(ExternalId, CountsTheBitsThatNobodyKnows) {
    struct Row {
        const char *id, *municipality;
        bool enough;
    };
    constexpr Row kRows[] = {
        {"f3b60f3a1c7e4c0d9a52d8e17b4496ce", "sample-city", true},
        {"f3b60f3a1c7e4c0d9a52d8e17b4496ce", "a1", true},    // its name, by chance
        {"f3b60f3a1c7e4c0d9a52d8e17b4496c", "city", false},  // 31 hexadecimal digits
        {"F3B60F3A1C7E4C0D9A52D8E17B4496CE", "city", true},
        {"0d7c4f5a-77f5-4d4e-9a5e-bd1f3c2f9a10", "city", true},  // a UUID
        {"Zm9vYmFyYmF6cXV4IQ12Lx", "city", true},                // 22 of base64
        {"sample-city-Zm9vYmFyYmF6cXV4IQ12Lx", "sample-city", true},
        {"sample-city-Zm9vYmFyYmF6cXV4IQ12", "sample-city", false},
        {"kakehashi-sample-city", "city", false},
        {"the-quick-brown-fox-jumps-over-the-lazy-dog-in-kakehashi", "city", false},
        {"1234567890123456789012345678901234567", "city", false},  // 37 decimal digits
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1A", "city", false},
        {"", "city", false},
    };
    for (const Row& row : kRows) {
        EXPECT_EQ(external_id_bits(row.id, row.municipality) >= kExternalIdBitsMin, row.enough)
            << row.id << " " << external_id_bits(row.id, row.municipality);
    }
}

}  // namespace
}  // namespace kakehashi::config
