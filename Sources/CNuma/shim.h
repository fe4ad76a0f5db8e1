// libnuma and the policy calls of the kernel, as Swift sees them.
#include <numa.h>
#include <numaif.h>
