// CRC-32C (Castagnoli), the checksum of journal blocks: by the processor's own instruction where
// it has one, else by a table.
#ifndef CPLATFORM_CHECKSUM_H
#define CPLATFORM_CHECKSUM_H
#include <stddef.h>
#include <stdint.h>

// Continues `checksum` (0 for a new one) over `count` bytes: the checksum of "123456789" is
// 0xE3069283, as in RFC 3720, B.4. A checksum of parts is that of the whole.
uint32_t portals_crc32c(uint32_t checksum, const void *bytes, size_t count);

// The same by the table alone; what the other is tested against.
uint32_t portals_crc32c_by_table(uint32_t checksum, const void *bytes, size_t count);

// How portals_crc32c computes on this processor: "sse4.2+pclmulqdq", "armv8-crc" or "table".
const char *portals_crc32c_method(void);

#endif
