// System calls that Swift cannot name: variadic, or hidden behind _GNU_SOURCE.
#if defined(__linux__)
#define _GNU_SOURCE
#include "CPlatform.h"
#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int portals_affinity_set(const uint64_t *words, size_t word_count) {
    return syscall(SYS_sched_setaffinity, 0, word_count * sizeof *words, words) < 0 ? errno : 0;
}

int portals_affinity_get(uint64_t *words, size_t word_count) {
    // The system call itself, not the wrapper of glibc: it says how many bytes the kernel wrote.
    memset(words, 0, word_count * sizeof *words);
    return syscall(SYS_sched_getaffinity, 0, word_count * sizeof *words, words) < 0 ? errno : 0;
}

int portals_current_processor(void) { return sched_getcpu(); }

void portals_thread_name(const char *name) {
    char cut[16];  // The kernel's limit, with the final zero.
    strncpy(cut, name, sizeof cut - 1);
    cut[sizeof cut - 1] = 0;
    pthread_setname_np(pthread_self(), cut);
}

int portals_futex_wait(const void *word, uint32_t expected, int64_t timeout_nanoseconds) {
    struct timespec timeout = {
        .tv_sec = timeout_nanoseconds / 1000000000, .tv_nsec = timeout_nanoseconds % 1000000000};
    struct timespec *limit = timeout_nanoseconds < 0 ? NULL : &timeout;
    return syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, limit, NULL, 0) < 0 ? errno : 0;
}

void portals_futex_wake(const void *word, int count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

int portals_barrier_register(void) {
    long offered = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
    if (offered < 0 || !(offered & MEMBARRIER_CMD_PRIVATE_EXPEDITED)) return 0;
    return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

int portals_barrier_heavy(void) {
    return syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) < 0 ? errno : 0;
}

const char *portals_library_of(const char *symbol) {
    void *address = dlsym(RTLD_DEFAULT, symbol);
    Dl_info info;
    if (address == NULL || dladdr(address, &info) == 0) return NULL;
    return info.dli_fname;
}

void portals_allocate_once(size_t byte_count) {
    void *volatile block = malloc(byte_count);
    free(block);
}
#endif
