// Which shared library gives the process a function: the truth about its allocator.
#ifndef CPLATFORM_LIBRARIES_H
#define CPLATFORM_LIBRARIES_H

// Path of the library whose `symbol` the dynamic linker gives this process, or NULL.
// The string belongs to the linker and lives as long as the library is loaded.
const char *portals_library_of(const char *symbol);

#endif
