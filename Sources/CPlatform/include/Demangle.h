// The demangler of Swift's own runtime library, which every Swift program has; no tool is needed.
#ifndef CPLATFORM_DEMANGLE_H
#define CPLATFORM_DEMANGLE_H
#include <stddef.h>
#include <stdint.h>

// The readable form of a mangled name, ended by a zero, in memory that the caller frees; null if it
// is none. `buffer` and `buffer_size` null, flags 0 (stdlib/public/runtime/Demangle.cpp of Swift).
char *swift_demangle(const char *mangled, size_t count, char *buffer, size_t *buffer_size,
                     uint32_t flags);

#endif
