// The match of sixteen control bytes in one instruction, for the state table.
// Swift's SIMD has no movemask; the portable form is for WebAssembly and other processors.
#ifndef CPLATFORM_GROUP_MATCH_H
#define CPLATFORM_GROUP_MATCH_H
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Bit i is set where bytes[i] == value, i in 0..<16. The bytes are aligned to 16, so that the
// compare reads them itself.
static inline uint32_t portals_group_match(const uint8_t *bytes, uint8_t value) {
#if defined(__SSE2__)
    __m128i group = _mm_load_si128((const __m128i *)bytes);
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(group, _mm_set1_epi8((char)value)));
#else
    uint32_t mask = 0;
    for (int i = 0; i < 16; i++) mask |= (uint32_t)(bytes[i] == value) << i;
    return mask;
#endif
}

#endif
