// Sockets whose addresses Swift could only cast: each call returns a descriptor or 0, or the
// negated errno. All are non-blocking and closed by exec.
#ifndef CPLATFORM_SOCKET_H
#define CPLATFORM_SOCKET_H
#include <stddef.h>
#include <stdint.h>

// Listens on a Unix socket. A name left behind by a process that is gone is taken over; one that is
// listened on gives EADDRINUSE.
int portals_listen_unix(const char *path);

// Listens on an address literal (IPv4 or IPv6); port 0 lets the kernel choose.
int portals_listen_tcp(const char *host, uint16_t port);

// The port that a TCP socket is bound to.
int portals_local_port(int descriptor);

// Connects, waiting a second for the peer at most; EINVAL for a host that is no literal.
int portals_connect_unix(const char *path);
int portals_connect_tcp(const char *host, uint16_t port);

// The next connection that waits, or -EAGAIN.
int portals_accept(int descriptor);

// Bytes received or sent at once; 0 at the end of the stream. A broken connection sends no signal.
int64_t portals_receive(int descriptor, void *bytes, size_t count);
int64_t portals_send(int descriptor, const void *bytes, size_t count);

// A counter that poll(2) sees: ring adds one, hush takes all.
int portals_bell(void);
void portals_bell_ring(int descriptor);
void portals_bell_hush(int descriptor);

#endif
