// Sockets of the ingress: listening, connecting, and the bell that wakes a thread in poll(2).
#if defined(__linux__)
#define _GNU_SOURCE
#include "Socket.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// Connections that the kernel keeps while the reader is busy; more clients try again.
enum { BACKLOG = 128 };

static int fail(int descriptor) {
    int reason = errno;
    if (descriptor >= 0) close(descriptor);
    return -reason;
}

static int unix_address(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address->sun_path) return -ENAMETOOLONG;
    strcpy(address->sun_path, path);
    return 0;
}

int portals_connect_unix(const char *path) {
    struct sockaddr_un address;
    int wrong = unix_address(path, &address);
    if (wrong) return wrong;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return fail(descriptor);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0)
        return fail(descriptor);
    return descriptor;
}

int portals_listen_unix(const char *path) {
    struct sockaddr_un address;
    int wrong = unix_address(path, &address);
    if (wrong) return wrong;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return fail(descriptor);
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) {
        if (errno != EADDRINUSE) return fail(descriptor);
        int other = portals_connect_unix(path);
        if (other >= 0 || other == -EAGAIN) {
            if (other >= 0) close(other);
            errno = EADDRINUSE;
            return fail(descriptor);
        }
        // Refused by a socket: nobody listens. Anything else there is not ours to remove, and a
        // file refuses too.
        struct stat there;
        if (other != -ECONNREFUSED || lstat(path, &there) < 0 || !S_ISSOCK(there.st_mode)) {
            errno = EADDRINUSE;
            return fail(descriptor);
        }
        if (unlink(path) < 0 || bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0)
            return fail(descriptor);
    }
    if (listen(descriptor, BACKLOG) < 0) return fail(descriptor);
    return descriptor;
}

// A peer that is gone without a word is noticed after so long, instead of after the system's
// quarter of an hour.
enum { SILENCE_SECONDS = 20 };

static void set_up_tcp(int descriptor) {
    int one = 1, idle = SILENCE_SECONDS / 2, interval = SILENCE_SECONDS / 4, probes = 2;
    unsigned silence = SILENCE_SECONDS * 1000;
    // Acknowledgements and single frames go at once.
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &silence, sizeof silence);
}

// Waits until a connection is there, or refused, or a second has gone; 0 or the errno.
static int await_connection(int descriptor) {
    struct pollfd entry = {.fd = descriptor, .events = POLLOUT};
    int ready = poll(&entry, 1, 1000);
    if (ready < 0) return errno;
    if (ready == 0) return ETIMEDOUT;
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return errno;
    return error;
}

// Opens a TCP socket and binds or connects it.
static int open_tcp(const char *host, uint16_t port, int listens) {
    struct addrinfo hints = {0}, *found = NULL;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST;
    if (getaddrinfo(host, NULL, &hints, &found) != 0 || !found) return -EINVAL;
    if (found->ai_family == AF_INET6)
        ((struct sockaddr_in6 *)found->ai_addr)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)found->ai_addr)->sin_port = htons(port);
    int descriptor = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;
    int result = descriptor;
    if (descriptor < 0) {
        result = fail(descriptor);
    } else if (listens) {
        // A restart must not wait until the kernel has forgotten the connections of the run before.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (bind(descriptor, found->ai_addr, found->ai_addrlen) < 0
            || listen(descriptor, BACKLOG) < 0)
            result = fail(descriptor);
    } else {
        set_up_tcp(descriptor);
        if (connect(descriptor, found->ai_addr, found->ai_addrlen) < 0) {
            if (errno == EINPROGRESS) errno = await_connection(descriptor);
            if (errno != 0) result = fail(descriptor);
        }
    }
    freeaddrinfo(found);
    return result;
}

int portals_listen_tcp(const char *host, uint16_t port) { return open_tcp(host, port, 1); }

int portals_connect_tcp(const char *host, uint16_t port) { return open_tcp(host, port, 0); }

int portals_local_port(int descriptor) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getsockname(descriptor, (struct sockaddr *)&address, &length) < 0) return -errno;
    if (address.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

int portals_accept(int descriptor) {
    int accepted;
    do {
        accepted = accept4(descriptor, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    } while (accepted < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (accepted < 0) return -errno;
    // Refused by Unix sockets, which need no such thing.
    set_up_tcp(accepted);
    return accepted;
}

int64_t portals_receive(int descriptor, void *bytes, size_t count) {
    ssize_t got;
    do {
        got = recv(descriptor, bytes, count, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? -(int64_t)errno : got;
}

int64_t portals_send(int descriptor, const void *bytes, size_t count) {
    ssize_t sent;
    do {
        sent = send(descriptor, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -(int64_t)errno : sent;
}

int portals_bell(void) {
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

void portals_bell_ring(int descriptor) {
    uint64_t one = 1;
    // Full only after 2^64 - 2 rings that nobody hushed: it rings already.
    ssize_t written = write(descriptor, &one, sizeof one);
    (void)written;
}

void portals_bell_hush(int descriptor) {
    uint64_t count;
    ssize_t got = read(descriptor, &count, sizeof count);
    (void)got;
}
#endif
