// What the peers in C++ have in common: the request, the protocol's lines, the rounds, and the
// generators of the suite (Benchmarks/Peers/README.md).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace peer {

using Clock = std::chrono::steady_clock;

/// One trial, from its arguments `key=value`; keys that the peer does not know are for others.
struct Request {
    std::map<std::string, std::string> values;

    std::string text(const std::string& key) const {
        auto found = values.find(key);
        return found == values.end() ? "" : found->second;
    }
    std::uint64_t number(const std::string& key, std::uint64_t absent) const {
        auto found = values.find(key);
        return found == values.end() ? absent : std::strtoull(found->second.c_str(), nullptr, 10);
    }
    double seconds(const std::string& key) const { return std::strtod(text(key).c_str(), nullptr); }
    std::size_t workers() const { return number("workers", 1); }
};

/// Reads the words `key=value` of a program's arguments; ends it on any other.
inline Request requestOf(int count, char** words) {
    Request request;
    for (int at = 1; at < count; ++at) {
        std::string word = words[at];
        auto sign = word.find('=');
        if (sign == std::string::npos) {
            std::fprintf(stderr, "%s: '%s' is no key=value\n", words[0], words[at]);
            std::exit(64);
        }
        request.values[word.substr(0, sign)] = word.substr(sign + 1);
    }
    return request;
}

inline void say(const std::string& line) {
    std::printf("peer %s\n", line.c_str());
    std::fflush(stdout);
}

inline void value(const std::string& name, std::uint64_t value) {
    say("value " + name + " " + std::to_string(value));
}

template <class Values>
void list(const std::string& name, std::size_t index, const Values& values) {
    std::string line = "list " + name + " " + std::to_string(index);
    for (auto value : values) line += " " + std::to_string(value);
    say(line);
}

/// Values by index from 0, a thousand a line.
inline void values(const std::string& name, const std::vector<std::uint64_t>& values) {
    for (std::size_t first = 0; first < values.size(); first += 1000) {
        std::string line = "values " + name + " " + std::to_string(first);
        for (std::size_t at = first; at < values.size() && at < first + 1000; ++at)
            line += " " + std::to_string(values[at]);
        say(line);
    }
}

/// Counts of latencies in log-linear buckets: exact below 256 ns, within 1/128 above.
class Histogram {
public:
    Histogram() : counts((56 << 7) + 256) {}

    void record(std::uint64_t nanoseconds) { ++counts[bucket(nanoseconds)]; }

    void report() const {
        for (std::size_t at = 0; at < counts.size(); ++at)
            if (counts[at] > 0)
                say("latency " + std::to_string(upperEdge(at)) + " " + std::to_string(counts[at]));
    }

private:
    static std::size_t bucket(std::uint64_t value) {
        if (value < 256) return value;
        unsigned shift = 56 - __builtin_clzll(value);
        return (std::size_t(shift) << 7) + (value >> shift);
    }
    static std::uint64_t upperEdge(std::size_t bucket) {
        if (bucket < 256) return bucket;
        unsigned shift = (bucket >> 7) - 1;
        return ((bucket - (std::uint64_t(shift) << 7)) << shift) | ((1ull << shift) - 1);
    }

    std::vector<std::uint64_t> counts;
};

/// Ever longer pilots until the warm-up is over, then the measured round.
///
/// `round(events, start, stop)` calls `start` when its actors are there and `stop` when the last
/// event is done, and returns the answer. The first pilot has `events`: fewer where an event may be
/// a synchronization of the disk.
template <class Round>
auto rounds(const Request& request, Round round, std::uint64_t events = 1 << 16) {
    Clock::time_point began, ended;
    double elapsed = 0;
    while (true) {
        round(events, [&] { began = Clock::now(); }, [&] { ended = Clock::now(); });
        elapsed = std::chrono::duration<double>(ended - began).count();
        say("warmed " + std::to_string(events) + " " + std::to_string(elapsed));
        if (elapsed >= request.seconds("warm-up") || events >= 1ull << 32) break;
        events *= 4;
    }
    std::uint64_t measured =
        request.values.count("events")
            ? request.number("events", 0)
            : std::uint64_t(double(events) / elapsed * request.seconds("seconds")) + 1;
    return round(
        measured,
        [&] {
            say("start");
            began = Clock::now();
        },
        [&] {
            ended = Clock::now();
            auto length = std::chrono::duration_cast<std::chrono::nanoseconds>(ended - began);
            say("stop " + std::to_string(measured) + " " + std::to_string(length.count()));
        });
}

/// The number at `index` of the splitmix64 sequence that starts from `seed`.
inline std::uint64_t splitmix64(std::uint64_t seed, std::uint64_t index) {
    std::uint64_t bits = seed + (index + 1) * 0x9E3779B97F4A7C15;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
    return bits ^ (bits >> 31);
}

/// The high half of a product of 128 bits; `bits` becomes the low half.
inline std::uint64_t scaled(std::uint64_t& bits, std::uint64_t range) {
    unsigned __int128 product = static_cast<unsigned __int128>(bits) * range;
    bits = static_cast<std::uint64_t>(product);
    return static_cast<std::uint64_t>(product >> 64);
}

}  // namespace peer
