// OpenBLAS, the build on OpenMP: it starts no thread before it is asked to compute on several, and
// takes its buffers under a lock. The build on POSIX threads starts its threads in every process
// that links it; the serial build is not made for calls from several threads at a time.
#include <cblas.h>
