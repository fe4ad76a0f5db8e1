// jemalloc: linking it makes it the allocator of the process; mallctl reads its statistics.
#include <jemalloc/jemalloc.h>
