// Which shared library gives the process a function: the truth about its allocator.
#ifndef CPLATFORM_LIBRARIES_H
#define CPLATFORM_LIBRARIES_H

#include <stddef.h>

// Path of the library whose `symbol` the dynamic linker gives this process, or NULL.
// The string belongs to the linker and lives as long as the library is loaded.
const char *portals_library_of(const char *symbol);

// Allocates and frees `byte_count` bytes with the process's malloc. In C, and through a volatile:
// an optimiser drops a pair of malloc and free that nothing else sees.
void portals_allocate_once(size_t byte_count);

#endif
