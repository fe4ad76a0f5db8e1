// A blocking connection to a server on this machine, with buffers for both ways.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "peer.hpp"

namespace peer {

[[noreturn]] inline void fail(const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::exit(1);
}

class Connection {
public:
    /// Connects to a Unix socket where `path` is one, else to a port of 127.0.0.1; waits for a
    /// server that has just been started.
    Connection(const std::string& path, std::uint16_t port) : input(1 << 20) {
        auto last = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!tryConnect(path, port)) {
            if (std::chrono::steady_clock::now() > last)
                fail("no server on port " + std::to_string(port) + ": " + std::strerror(errno));
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }
    ~Connection() { ::close(descriptor); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// What is to be sent; `flush` sends it.
    std::string output;

    void flush() {
        std::size_t sent = 0;
        while (sent < output.size()) {
            auto count = ::write(descriptor, output.data() + sent, output.size() - sent);
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) fail("the server is gone while writing");
            sent += count;
        }
        output.clear();
    }

    /// A line without its end, good until the next call.
    std::string_view line() {
        while (true) {
            auto* start = input.data() + begin;
            auto* found = static_cast<char*>(std::memchr(start, '\n', end - begin));
            if (found != nullptr) {
                std::size_t length = found - start;
                begin += length + 1;
                if (length > 0 && start[length - 1] == '\r') --length;
                return {start, length};
            }
            fill();
        }
    }

    /// So many bytes and the end of line behind them, good until the next call.
    std::string_view bytes(std::size_t count) {
        while (end - begin < count + 2) fill();
        std::string_view found{input.data() + begin, count};
        begin += count + 2;
        return found;
    }

private:
    bool tryConnect(const std::string& path, std::uint16_t port) {
        sockaddr_un local{};
        local.sun_family = AF_UNIX;
        if (!path.empty() && path.size() < sizeof local.sun_path) {
            std::memcpy(local.sun_path, path.c_str(), path.size() + 1);
            descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
            if (::connect(descriptor, reinterpret_cast<sockaddr*>(&local), sizeof local) == 0)
                return true;
            ::close(descriptor);
            return false;
        }
        sockaddr_in remote{};
        remote.sin_family = AF_INET;
        remote.sin_port = htons(port);
        remote.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
        if (::connect(descriptor, reinterpret_cast<sockaddr*>(&remote), sizeof remote) == 0) {
            int on = 1;
            ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            return true;
        }
        ::close(descriptor);
        return false;
    }

    void fill() {
        if (begin > 0) {
            std::memmove(input.data(), input.data() + begin, end - begin);
            end -= begin;
            begin = 0;
        }
        if (end == input.size()) input.resize(2 * input.size());
        auto count = ::read(descriptor, input.data() + end, input.size() - end);
        if (count < 0 && errno == EINTR) return;
        if (count <= 0) fail("the server is gone while reading");
        end += count;
    }

    int descriptor = -1;
    std::vector<char> input;
    std::size_t begin = 0, end = 0;
};

/// The record at an index of the workload durable-append: 100 bytes of the splitmix64 sequence.
inline void writeRecord(std::uint64_t seed, std::uint64_t index, char* target) {
    for (unsigned place = 0; place < 12; ++place) {
        auto word = splitmix64(seed, index * 13 + place);
        std::memcpy(target + 8 * place, &word, 8);
    }
    auto rest = static_cast<std::uint32_t>(splitmix64(seed, index * 13 + 12));
    std::memcpy(target + 96, &rest, 4);
}

/// What was read back: records, and a digest of their words in order.
struct ReadBack {
    std::uint64_t records = 0, digest = 0;

    void take(std::string_view record) {
        if (record.size() != 100) fail("a record of " + std::to_string(record.size()) + " bytes");
        ++records;
        for (unsigned place = 0; place < 12; ++place) {
            std::uint64_t word;
            std::memcpy(&word, record.data() + 8 * place, 8);
            digest = digest * 31 + word;
        }
        std::uint32_t rest;
        std::memcpy(&rest, record.data() + 96, 4);
        digest = digest * 31 + rest;
    }
};

/// The chains of the workload portal-ping-pong, as the asker sees them.
struct Chains {
    std::uint64_t roundTrips, outstanding;
    std::uint64_t pings = 0, pongs = 0, sumOfValues = 0, ended = 0;

    std::uint64_t start(std::uint64_t chain) const {
        return roundTrips / outstanding + (chain < roundTrips % outstanding ? 1 : 0);
    }
    /// Takes a reply; the value to ask on with, or 0 at the chain's end.
    std::uint64_t take(std::uint64_t value) {
        ++pongs;
        sumOfValues += value;
        ended += value == 0;
        return value;
    }
    void tell() const {
        value("pings", pings);
        value("pongs", pongs);
        value("sum-of-values", sumOfValues);
        value("chains-ended", ended);
    }
};

inline std::uint64_t nanoseconds(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(to - from).count();
}

}  // namespace peer
