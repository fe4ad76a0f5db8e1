// CRC-32C: three streams at a time by the processor's instruction, whose latency is three cycles,
// joined by one carry-less multiplication each; a table elsewhere.
//
// The method is Intel's (V. Gopal et al., "Fast CRC Computation for iSCSI Polynomial Using CRC32
// Instruction", 2011). To join, stream A is moved past the n bytes after it, A * x^(8n) mod P: the
// carry-less product of two bit-reflected 32-bit values is their product times x, and the
// instruction multiplies by x^32 while it reduces, so the factor is x^(8n - 33) mod P, reflected.
#include "Checksum.h"
#include <string.h>

// The polynomial 0x1EDC6F41, reflected.
#define POLYNOMIAL 0x82F63B78u

#define ONE_BIT(value) ((value) & 1 ? POLYNOMIAL ^ ((value) >> 1) : (value) >> 1)
#define FOUR(value) ONE_BIT(ONE_BIT(ONE_BIT(ONE_BIT((uint32_t)(value)))))

// The remainders of four bits: small, because it serves only processors without the instruction.
static const uint32_t remainders[16] = {FOUR(0),  FOUR(1),  FOUR(2),  FOUR(3), FOUR(4),  FOUR(5),
                                        FOUR(6),  FOUR(7),  FOUR(8),  FOUR(9), FOUR(10), FOUR(11),
                                        FOUR(12), FOUR(13), FOUR(14), FOUR(15)};

uint32_t portals_crc32c_by_table(uint32_t checksum, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    uint32_t crc = ~checksum;
    for (; count > 0; count--) {
        crc ^= *next++;
        crc = remainders[crc & 15] ^ (crc >> 4);
        crc = remainders[crc & 15] ^ (crc >> 4);
    }
    return ~crc;
}

static inline uint64_t word_at(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

// Bytes of a stream: long ones for blocks of a commit, short ones for what is left of them.
#define LONG 4096
#define SHORT 256

#if defined(__x86_64__)
#include <nmmintrin.h>
#include <wmmintrin.h>
#define HARDWARE __attribute__((target("sse4.2,pclmul")))

static inline HARDWARE uint64_t moved(uint64_t crc, uint32_t factor) {
    return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(
        _mm_cvtsi64_si128((long long)crc), _mm_cvtsi64_si128((long long)factor), 0));
}

// `past_one` and `past_two` are x^(8n - 33) and x^(16n - 33) mod P for n = `length`.
static inline HARDWARE uint64_t three_streams(uint64_t crc, const uint8_t *next, size_t length,
                                              uint32_t past_one, uint32_t past_two) {
    uint64_t first = crc, second = 0, third = 0;
    for (size_t offset = 0; offset < length; offset += 8) {
        first = _mm_crc32_u64(first, word_at(next + offset));
        second = _mm_crc32_u64(second, word_at(next + length + offset));
        third = _mm_crc32_u64(third, word_at(next + 2 * length + offset));
    }
    return _mm_crc32_u64(0, moved(first, past_two) ^ moved(second, past_one)) ^ third;
}

static HARDWARE uint32_t by_instruction(uint32_t checksum, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    uint64_t crc = (uint32_t)~checksum;
    for (; count >= 3 * LONG; count -= 3 * LONG, next += 3 * LONG) {
        crc = three_streams(crc, next, LONG, 0x82F89C77u, 0x54A86326u);
    }
    for (; count >= 3 * SHORT; count -= 3 * SHORT, next += 3 * SHORT) {
        crc = three_streams(crc, next, SHORT, 0xB9E02B86u, 0xDD7E3B0Cu);
    }
    for (; count >= 8; count -= 8, next += 8) crc = _mm_crc32_u64(crc, word_at(next));
    for (; count > 0; count--) crc = _mm_crc32_u8((uint32_t)crc, *next++);
    return ~(uint32_t)crc;
}

static int has_instruction(void) {
    return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
}
#define METHOD "sse4.2+pclmulqdq"

#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#define HARDWARE __attribute__((target("crc")))
#ifndef HWCAP_CRC32
#define HWCAP_CRC32 (1 << 7)
#endif

// One stream: joining three needs the polynomial multiplication (PMULL), which not all of these
// processors have, and no such machine was at hand to measure what it would gain.
static HARDWARE uint32_t by_instruction(uint32_t checksum, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    uint32_t crc = ~checksum;
    for (; count >= 8; count -= 8, next += 8) crc = __builtin_arm_crc32cd(crc, word_at(next));
    for (; count > 0; count--) crc = __builtin_arm_crc32cb(crc, *next++);
    return ~crc;
}

static int has_instruction(void) { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }
#define METHOD "armv8-crc"

#else
static uint32_t by_instruction(uint32_t checksum, const void *bytes, size_t count) {
    return portals_crc32c_by_table(checksum, bytes, count);
}
static int has_instruction(void) { return 0; }
#define METHOD "table"
#endif

uint32_t portals_crc32c(uint32_t checksum, const void *bytes, size_t count) {
    return has_instruction() ? by_instruction(checksum, bytes, count)
                             : portals_crc32c_by_table(checksum, bytes, count);
}

const char *portals_crc32c_method(void) { return has_instruction() ? METHOD : "table"; }
