// A container that forbids system calls, made for one test process: seccomp filters of Linux.
#ifndef CSANDBOX_H
#define CSANDBOX_H

// The calls about NUMA memory answer EPERM from now on, in this process for good; 0 or errno.
int sandbox_forbid_numa(void);

// Only mbind and set_mempolicy do, as under Docker's default profile without SYS_NICE; 0 or errno.
int sandbox_forbid_binding(void);

// sched_setaffinity answers EPERM, membarrier too; 0 or errno.
int sandbox_forbid_pinning(void);

#endif
