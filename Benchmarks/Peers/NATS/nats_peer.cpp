// NATS as a peer of the suite: asker and replier on two connections to a server that runs beside
// them, and a JetStream publisher. The protocol is text over TCP; the client is these lines.
#include <algorithm>
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

class Nats {
public:
    explicit Nats(const Request& request)
        : connection("", static_cast<std::uint16_t>(request.number("port", 0))) {
        connection.line();
        connection.output += "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";
    }

    void subscribe(std::string_view subject, unsigned identifier) {
        connection.output += "SUB ";
        connection.output += subject;
        connection.output += " " + std::to_string(identifier) + "\r\n";
    }
    void publish(std::string_view subject, std::string_view reply, std::string_view payload) {
        auto& out = connection.output;
        out += "PUB ";
        out += subject;
        out += ' ';
        if (!reply.empty()) {
            out += reply;
            out += ' ';
        }
        out += std::to_string(payload.size());
        out += "\r\n";
        out += payload;
        out += "\r\n";
    }
    void flush() { connection.flush(); }

    /// The payload of the next message, good until the one after.
    std::string_view message() {
        while (true) {
            auto line = connection.line();
            if (line.substr(0, 4) == "MSG ")
                return connection.bytes(numberOf(line.substr(line.rfind(' ') + 1)));
            if (line == "PING") {
                connection.output += "PONG\r\n";
                flush();
            } else if (line.substr(0, 4) == "-ERR") {
                fail("NATS says " + std::string(line));
            }
        }
    }
    /// Waits until the server has taken all before.
    void settle() {
        connection.output += "PING\r\n";
        flush();
        while (connection.line() != "PONG") {
        }
    }
    /// Asks the server's interface of JetStream and waits for its answer.
    std::string ask(const std::string& subject, const std::string& payload) {
        publish(subject, "answers", payload);
        flush();
        std::string answer{message()};
        if (answer.find("\"error\"") != std::string::npos) fail("NATS says " + answer);
        return answer;
    }

private:
    Connection connection;
};

/// Chain and value of a ball, as a payload of 12 bytes.
struct Ball {
    std::uint32_t chain;
    std::uint64_t value;

    static Ball of(std::string_view payload) {
        Ball ball{};
        if (payload.size() != 12) fail("a ball of " + std::to_string(payload.size()) + " bytes");
        std::memcpy(&ball.chain, payload.data(), 4);
        std::memcpy(&ball.value, payload.data() + 4, 8);
        return ball;
    }
    std::string_view write(char* target) const {
        std::memcpy(target, &chain, 4);
        std::memcpy(target + 4, &value, 8);
        return {target, 12};
    }
};

/// An asker and a replier, each with a thread and a connection; the replier counts down. Each sends
/// what half of the chains gave at once.
void pingPong(const Request& request) {
    auto outstanding = request.number("outstanding", 1);
    std::uint64_t half = std::max<std::uint64_t>(1, outstanding / 2);
    Chains chains{};
    Histogram latencies;
    rounds(request, [&](std::uint64_t roundTrips, auto start, auto stop) {
        chains = Chains{roundTrips, outstanding};
        latencies = Histogram();
        Nats asker(request), replier(request);
        replier.subscribe("ask", 1);
        replier.settle();
        asker.subscribe("reply", 1);
        asker.settle();
        std::uint64_t pings = 0;
        std::thread replying([&] {
            char payload[12];
            std::uint64_t waiting = 0;
            while (pings < roundTrips) {
                auto ball = Ball::of(replier.message());
                replier.publish("reply", "", Ball{ball.chain, ball.value - 1}.write(payload));
                ++pings;
                // At the end no more come that would fill a half.
                if (++waiting >= half || roundTrips - pings <= outstanding) {
                    replier.flush();
                    waiting = 0;
                }
            }
            replier.flush();
        });
        char payload[12];
        start();
        auto asked = Clock::now();
        for (std::uint32_t chain = 0; chain < outstanding; ++chain)
            if (chains.start(chain) > 0)
                asker.publish("ask", "", Ball{chain, chains.start(chain)}.write(payload));
        asker.flush();
        std::uint64_t waiting = 0;
        while (chains.pongs < roundTrips) {
            auto ball = Ball::of(asker.message());
            auto next = chains.take(ball.value);
            if (ball.chain == 0) {
                auto now = Clock::now();
                latencies.record(nanoseconds(asked, now));
                asked = now;
            }
            if (next > 0) asker.publish("ask", "", Ball{ball.chain, next}.write(payload));
            if (++waiting >= half || roundTrips - chains.pongs <= outstanding) {
                asker.flush();
                waiting = 0;
            }
        }
        stop();
        replying.join();
        chains.pings = pings;
        return 0;
    }, firstEvents);
    latencies.report();
    chains.tell();
}

/// Records of 100 bytes to a stream; JetStream acknowledges each.
void durableAppend(const Request& request) {
    auto outstanding = request.number("outstanding", 1), seed = request.number("seed", 1);
    bool inMemory = request.text("journal") == "none";
    Nats nats(request);
    nats.subscribe("answers", 1);
    Histogram latencies;
    unsigned number = 0;
    rounds(request, [&](std::uint64_t records, auto start, auto stop) {
        auto name = [&] { return "LOG" + std::to_string(number); };
        if (number > 0) nats.ask("$JS.API.STREAM.DELETE." + name(), "");
        ++number;
        nats.ask(
            "$JS.API.STREAM.CREATE." + name(),
            "{\"name\":\"" + name() + "\",\"subjects\":[\"log" + std::to_string(number) +
                "\"],\"retention\":\"limits\",\"discard\":\"old\",\"num_replicas\":1,"
                "\"max_consumers\":-1,\"max_msgs\":-1,\"max_bytes\":-1,\"max_age\":0,\"storage\":" +
                (inMemory ? "\"memory\"}" : "\"file\"}"));
        latencies = Histogram();
        auto subject = "log" + std::to_string(number);
        std::deque<Clock::time_point> handedIn;
        std::uint64_t sent = 0, acknowledged = 0;
        std::uint64_t half = std::max<std::uint64_t>(1, outstanding / 2);
        char record[100];
        auto send = [&](std::uint64_t count) {
            auto now = Clock::now();
            for (; count > 0 && sent < records; --count, ++sent) {
                writeRecord(seed, sent, record);
                nats.publish(subject, "answers", {record, sizeof record});
                handedIn.push_back(now);
            }
            nats.flush();
        };
        start();
        send(outstanding);
        while (acknowledged < records) {
            auto due = std::min<std::uint64_t>(half, handedIn.size());
            for (std::uint64_t left = due; left > 0; --left) {
                auto answer = nats.message();
                auto place = answer.find("\"seq\":");
                // Acknowledgements of one stream come in its order.
                if (place == std::string_view::npos ||
                    numberOf(answer.substr(place + 6)) != ++acknowledged)
                    fail("JetStream says " + std::string(answer));
                latencies.record(nanoseconds(handedIn.front(), Clock::now()));
                handedIn.pop_front();
            }
            send(due);
        }
        stop();
        return 0;
    }, firstEvents);
    latencies.report();

    auto stream = "LOG" + std::to_string(number);
    auto state = nats.ask("$JS.API.STREAM.INFO." + stream, "");
    auto place = state.find("\"messages\":");
    auto stored =
        place == std::string::npos ? 0 : numberOf(std::string_view(state).substr(place + 11));
    Nats reader(request);
    reader.subscribe("back", 1);
    reader.settle();
    nats.ask(
        "$JS.API.CONSUMER.CREATE." + stream,
        "{\"stream_name\":\"" + stream +
            "\",\"config\":{\"deliver_subject\":\"back\",\"deliver_policy\":\"all\","
            "\"ack_policy\":\"none\",\"replay_policy\":\"instant\"}}");
    ReadBack back;
    while (back.records < stored) back.take(reader.message());
    value("records", back.records);
    value("digest", back.digest);
}

}  // namespace
}  // namespace peer

int main(int count, char** words) {
    auto request = peer::requestOf(count, words);
    auto workload = request.text("workload");
    peer::say("protocol 1");
    if (workload == "portal-ping-pong")
        peer::pingPong(request);
    else if (workload == "durable-append")
        peer::durableAppend(request);
    else
        peer::fail("NATS: no workload '" + workload + "'");
    peer::say("end");
}
