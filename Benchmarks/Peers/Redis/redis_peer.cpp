// Redis as a peer of the suite: the client of a server that runs beside it. One connection, and
// two pipelines under way on it, so that client and server both have work.
#include <charconv>
#include <deque>

#include "../Cpp/connection.hpp"

namespace peer {
namespace {

/// Of the first pilot: half a second where each is a synchronization of the disk.
constexpr std::uint64_t firstEvents = 1 << 10;

std::uint64_t numberOf(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

class Redis {
public:
    explicit Redis(const Request& request)
        : connection(
              socketOf(request.text("directory")),
              static_cast<std::uint16_t>(request.number("port", 0))) {}

    /// The server's socket; none in a folder whose path is too long for one (run-server).
    static std::string socketOf(const std::string& directory) {
        return directory.size() < 90 ? directory + "/redis.sock" : "";
    }

    /// Adds a command to what `flush` sends.
    void command(std::initializer_list<std::string_view> words) {
        auto& out = connection.output;
        out += '*';
        out += std::to_string(words.size());
        for (auto word : words) {
            out += "\r\n$";
            out += std::to_string(word.size());
            out += "\r\n";
            out += word;
        }
        out += "\r\n";
    }
    void flush() { connection.flush(); }

    /// A reply of one value: its text, good until the next; ends the program on an error.
    std::string_view reply() {
        auto line = connection.line();
        switch (line.empty() ? '-' : line[0]) {
            case ':':
            case '+': return line.substr(1);
            case '$': return line == "$-1" ? "" : connection.bytes(numberOf(line.substr(1)));
            default: fail("Redis says " + std::string(line));
        }
    }
    /// The number of elements of a reply that is an array.
    std::uint64_t array() {
        auto line = connection.line();
        if (line.empty() || line[0] != '*') fail("Redis says " + std::string(line));
        return numberOf(line.substr(1));
    }
    /// Asks and waits.
    std::string ask(std::initializer_list<std::string_view> words) {
        command(words);
        flush();
        return std::string(reply());
    }

private:
    Connection connection;
};

/// INCR of each event's key; a pipeline is an atom, the replies are the running counts.
void keyedCount(const Request& request) {
    Redis redis(request);
    auto keys = request.number("keys", 10000), batch = request.number("batch", 1024);
    auto seed = request.number("seed", 1);
    std::vector<std::string> names;
    for (std::uint64_t key = 0; key < keys; ++key) names.push_back("k:" + std::to_string(key));
    std::uint64_t records = 0, sum = 0;
    rounds(request, [&](std::uint64_t events, auto start, auto stop) {
        redis.ask({"FLUSHDB"});
        records = sum = 0;
        auto send = [&](std::uint64_t first) {
            for (auto index = first; index < std::min(events, first + batch); ++index) {
                auto bits = splitmix64(seed, index);
                redis.command({"INCR", names[scaled(bits, keys)]});
            }
            redis.flush();
        };
        start();
        send(0);
        for (std::uint64_t first = 0; first < events; first += batch) {
            if (first + batch < events) send(first + batch);
            for (auto index = first; index < std::min(events, first + batch); ++index) {
                ++records;
                sum += numberOf(redis.reply());
            }
        }
        stop();
        return 0;
    }, firstEvents);
    std::vector<std::uint64_t> counts;
    for (auto& name : names) counts.push_back(numberOf(redis.ask({"GET", name})));
    value("records", records);
    value("sum-of-counts", sum);
    values("counts", counts);
}

/// PING with the chain's value, which the server gives back; counting down is the client's.
void pingPong(const Request& request) {
    Redis redis(request);
    auto outstanding = request.number("outstanding", 1);
    Chains chains{};
    Histogram latencies;
    rounds(request, [&](std::uint64_t roundTrips, auto start, auto stop) {
        chains = Chains{roundTrips, outstanding};
        latencies = Histogram();
        // Replies come in the order of the requests; two pipelines, each of half of the chains.
        std::deque<std::pair<std::uint64_t, std::uint64_t>> underWay;
        auto send = [&](std::uint64_t chain, std::uint64_t value) {
            redis.command({"PING", std::to_string(value)});
            underWay.emplace_back(chain, value);
        };
        std::uint64_t half = std::max<std::uint64_t>(1, outstanding / 2), inPipeline = 0;
        start();
        auto asked = Clock::now();
        for (std::uint64_t chain = 0; chain < outstanding; ++chain)
            if (chains.start(chain) > 0) send(chain, chains.start(chain));
        redis.flush();
        while (!underWay.empty()) {
            auto chain = underWay.front().first;
            auto echoed = numberOf(redis.reply());
            if (echoed != underWay.front().second) fail("Redis echoed another value");
            underWay.pop_front();
            ++chains.pings;
            auto next = chains.take(echoed - 1);
            if (chain == 0) {
                auto now = Clock::now();
                latencies.record(nanoseconds(asked, now));
                asked = now;
            }
            if (next > 0) send(chain, next);
            if (++inPipeline >= half || underWay.size() < half) {
                redis.flush();
                inPipeline = 0;
            }
        }
        stop();
        return 0;
    }, firstEvents);
    latencies.report();
    chains.tell();
}

/// XADD of records of 100 bytes to a stream; the reply comes when the server's policy of
/// synchronization says so.
void durableAppend(const Request& request) {
    Redis redis(request);
    auto outstanding = request.number("outstanding", 1), seed = request.number("seed", 1);
    Histogram latencies;
    rounds(request, [&](std::uint64_t records, auto start, auto stop) {
        redis.ask({"DEL", "log"});
        latencies = Histogram();
        std::deque<Clock::time_point> handedIn;
        std::uint64_t sent = 0, acknowledged = 0;
        std::uint64_t half = std::max<std::uint64_t>(1, outstanding / 2);
        char record[100];
        auto send = [&](std::uint64_t count) {
            auto now = Clock::now();
            for (; count > 0 && sent < records; --count, ++sent) {
                writeRecord(seed, sent, record);
                redis.command({"XADD", "log", "*", "r", {record, sizeof record}});
                handedIn.push_back(now);
            }
            redis.flush();
        };
        start();
        send(outstanding);
        while (acknowledged < records) {
            auto due = std::min<std::uint64_t>(half, handedIn.size());
            for (std::uint64_t left = due; left > 0; --left, ++acknowledged) {
                redis.reply();
                latencies.record(nanoseconds(handedIn.front(), Clock::now()));
                handedIn.pop_front();
            }
            send(due);
        }
        stop();
        return 0;
    }, firstEvents);
    latencies.report();
    ReadBack back;
    std::string from = "-";
    for (std::uint64_t entries = 1; entries > 0;) {
        redis.command({"XRANGE", "log", from, "+", "COUNT", "1000"});
        redis.flush();
        entries = redis.array();
        for (std::uint64_t left = entries; left > 0; --left) {
            redis.array();
            from = "(" + std::string(redis.reply());
            redis.array();
            redis.reply();
            back.take(redis.reply());
        }
    }
    value("records", back.records);
    value("digest", back.digest);
}

}  // namespace
}  // namespace peer

int main(int count, char** words) {
    auto request = peer::requestOf(count, words);
    auto workload = request.text("workload");
    peer::say("protocol 1");
    if (workload == "keyed-count")
        peer::keyedCount(request);
    else if (workload == "portal-ping-pong")
        peer::pingPong(request);
    else if (workload == "durable-append")
        peer::durableAppend(request);
    else
        peer::fail("Redis: no workload '" + workload + "'");
    peer::say("end");
}
