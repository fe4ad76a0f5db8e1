// The filters: each listed call answers EPERM, every other call passes.
#include "CSandbox.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { calls_max = 8 };

static int forbid(const unsigned *calls, int count) {
    struct sock_filter code[2 * calls_max + 2];
    int length = 0;
    code[length++] = (struct sock_filter)BPF_STMT(
        BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < count && i < calls_max; i++) {
        code[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
        code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    }
    code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = (unsigned short)length, .filter = code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return errno;
    return 0;
}

int sandbox_forbid_numa(void) {
    unsigned calls[] = {SYS_mbind, SYS_set_mempolicy, SYS_get_mempolicy, SYS_move_pages};
    return forbid(calls, 4);
}

int sandbox_forbid_binding(void) {
    unsigned calls[] = {SYS_mbind, SYS_set_mempolicy};
    return forbid(calls, 2);
}

int sandbox_forbid_pinning(void) {
    unsigned calls[] = {SYS_sched_setaffinity, SYS_membarrier};
    return forbid(calls, 2);
}
