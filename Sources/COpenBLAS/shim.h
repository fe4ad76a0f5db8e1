// OpenBLAS, the serial build: its other builds start threads of their own in every process, beside
// our pinned workers.
#include <cblas.h>
