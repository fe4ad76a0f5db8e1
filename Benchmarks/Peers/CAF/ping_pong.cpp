// Request and reply between two actors, by plain messages: request().then adds a table of pending
// responses and a time-out.
#include "caf_peer.hpp"

namespace peer {
namespace {

struct Answer {
    std::uint64_t pings = 0, pongs = 0, sumOfValues = 0, chainsEnded = 0;
    Histogram latencies;
};

using ping_atom = caf::atom_constant<caf::atom("ping")>;
using pong_atom = caf::atom_constant<caf::atom("pong")>;

caf::behavior replier(caf::event_based_actor* self, Answer* answer) {
    return {
        [=](ping_atom, std::uint32_t chain, std::uint64_t value) {
            ++answer->pings;
            self->send(
                caf::actor_cast<caf::actor>(self->current_sender()), pong_atom::value, chain,
                value - 1);
        },
        [=](finish_atom) { self->quit(); },
    };
}

caf::behavior asker(
    caf::event_based_actor* self, Answer* answer, caf::actor replier, caf::actor owner,
    std::uint64_t roundTrips, std::uint32_t outstanding) {
    auto asked = std::make_shared<Clock::time_point>();
    return {
        [=](go_atom) {
            *asked = Clock::now();
            for (std::uint32_t chain = 0; chain < outstanding; ++chain) {
                std::uint64_t value =
                    roundTrips / outstanding + (chain < roundTrips % outstanding ? 1 : 0);
                if (value > 0) self->send(replier, ping_atom::value, chain, value);
            }
        },
        [=](pong_atom, std::uint32_t chain, std::uint64_t value) {
            ++answer->pongs;
            answer->sumOfValues += value;
            if (chain == 0) {
                auto now = Clock::now();
                auto trip = std::chrono::duration_cast<std::chrono::nanoseconds>(now - *asked);
                answer->latencies.record(trip.count());
                *asked = now;
            }
            if (value > 0)
                self->send(replier, ping_atom::value, chain, value);
            else
                ++answer->chainsEnded;
            if (answer->pongs == roundTrips) {
                self->send(owner, done_atom::value);
                self->quit();
            }
        },
    };
}

}  // namespace

void pingPong(caf::actor_system& system, const Request& request) {
    auto outstanding = static_cast<std::uint32_t>(request.number("outstanding", 1));
    auto answer = rounds(request, [&](std::uint64_t roundTrips, auto start, auto stop) {
        auto answer = std::make_shared<Answer>();
        caf::scoped_actor self{system};
        auto replying = system.spawn(replier, answer.get());
        auto asking = system.spawn(
            asker, answer.get(), replying, caf::actor_cast<caf::actor>(self), roundTrips,
            outstanding);
        start();
        self->send(asking, go_atom::value);
        self->receive([](done_atom) {});
        stop();
        self->send(replying, finish_atom::value);
        self->wait_for(asking, replying);
        return answer;
    });
    answer->latencies.report();
    value("pings", answer->pings);
    value("pongs", answer->pongs);
    value("sum-of-values", answer->sumOfValues);
    value("chains-ended", answer->chainsEnded);
}

}  // namespace peer
