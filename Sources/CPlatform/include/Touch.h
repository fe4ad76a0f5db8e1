// Writing to pages so that the kernel provides them.
#ifndef CPLATFORM_TOUCH_H
#define CPLATFORM_TOUCH_H
#include <stddef.h>

// Writes back one byte of every page. Volatile: a compiler that may drop a store of what it has
// just loaded does so, and then no page comes (scripts/test-numa caught it in a release build).
static inline void portals_touch(void *base, size_t byte_count, size_t page_byte_count) {
    volatile char *byte = (volatile char *)base;
    for (size_t offset = 0; offset < byte_count; offset += page_byte_count) {
        byte[offset] = byte[offset];
    }
}

#endif
