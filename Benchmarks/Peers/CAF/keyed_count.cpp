// Keyed count: a source actor and a partition actor for each worker, all on the scheduler's
// threads. A partition counts its keys and gives each record to the sink, which is a part of it.
#include "caf_peer.hpp"

namespace peer {
namespace {

/// Blocks under way from a source: mailboxes have no bound.
constexpr unsigned blocksUnderWay = 4;
/// Events of a block where each event is a message of its own.
constexpr std::uint64_t eventsPerBlock = 500;

using Keys = std::vector<std::uint64_t>;

/// Counts by opaque 64-bit key: a table of open addresses, because a standard map divides by a
/// prime
/// and follows a pointer for every event, which halves the rate. A count of 0 marks a free slot.
class CountTable {
public:
    CountTable() : slots(64) {}

    std::uint64_t countOneMore(std::uint64_t key) {
        auto mask = slots.size() - 1;
        auto at = home(key);
        while (slots[at].count != 0 && slots[at].key != key) at = (at + 1) & mask;
        if (slots[at].count == 0 && ++used * 2 > slots.size()) {
            grow();
            return countOneMoreOfNew(key);
        }
        slots[at].key = key;
        return ++slots[at].count;
    }

    template <class Visit>
    void visit(Visit visit) const {
        for (auto& slot : slots)
            if (slot.count != 0) visit(slot.key, slot.count);
    }

private:
    struct Slot {
        std::uint64_t key = 0, count = 0;
    };

    std::size_t home(std::uint64_t key) const {
        return key * 0x9E3779B97F4A7C15 >> (64 - bits);
    }

    std::uint64_t countOneMoreOfNew(std::uint64_t key) {
        place({key, 1});
        return 1;
    }

    void place(Slot slot) {
        auto at = home(slot.key);
        while (slots[at].count != 0) at = (at + 1) & (slots.size() - 1);
        slots[at] = slot;
    }

    void grow() {
        auto old = std::move(slots);
        ++bits;
        slots.assign(old.size() * 2, {});
        for (auto& slot : old)
            if (slot.count != 0) place(slot);
    }

    std::vector<Slot> slots;
    unsigned bits = 6;
    std::size_t used = 0;
};

struct Part {
    CountTable counts;
    std::uint64_t records = 0;
    std::uint64_t sumOfCounts = 0;

    void count(std::uint64_t key) {
        sumOfCounts += counts.countOneMore(key);
        ++records;
    }
};

caf::behavior partition(caf::event_based_actor* self, Part* part) {
    return {
        [=](std::uint64_t key) { part->count(key); },
        [=](const Keys& keys, const caf::actor& source) {
            for (auto key : keys) part->count(key);
            self->send(source, synced_atom::value);
        },
        [=](sync_atom, const caf::actor& source) { self->send(source, synced_atom::value); },
        [=](finish_atom) { self->quit(); },
    };
}

struct Source {
    std::uint64_t seed, keys, batch, events, blockEvents, block, stride;
    std::vector<caf::actor> partitions;
    caf::actor owner;
    unsigned underWay = 0;
    std::size_t replies = 0;

    /// A remainder without a division where the number of partitions is a power of two.
    std::size_t partition(std::uint64_t key) const {
        auto count = partitions.size();
        return (count & (count - 1)) == 0 ? key & (count - 1) : key % count;
    }

    std::uint64_t key(std::uint64_t index) const {
        auto bits = splitmix64(seed, index);
        return scaled(bits, keys);
    }

    /// Sends blocks until enough are under way; says so when there are no more.
    void fill(caf::event_based_actor* self) {
        auto count = partitions.size();
        while (underWay < blocksUnderWay && block * blockEvents < events) {
            auto first = block * blockEvents;
            auto last = std::min(events, first + blockEvents);
            block += stride;
            ++underWay;
            if (batch == 1) {
                for (auto index = first; index < last; ++index) {
                    auto occurred = key(index);
                    self->send(partitions[partition(occurred)], occurred);
                }
                for (auto& to : partitions)
                    self->send(to, sync_atom::value, caf::actor_cast<caf::actor>(self));
                continue;
            }
            std::vector<Keys> shares(count);
            for (auto& share : shares) share.reserve((last - first) * 5 / (4 * count) + 1);
            for (auto index = first; index < last; ++index) {
                auto occurred = key(index);
                shares[partition(occurred)].push_back(occurred);
            }
            for (std::size_t at = 0; at < count; ++at)
                self->send(
                    partitions[at], std::move(shares[at]), caf::actor_cast<caf::actor>(self));
        }
        if (underWay == 0) {
            self->send(owner, done_atom::value);
            self->quit();
        }
    }
};

caf::behavior source(caf::event_based_actor* self, Source initial) {
    auto state = std::make_shared<Source>(std::move(initial));
    return {
        [=](go_atom) { state->fill(self); },
        [=](synced_atom) {
            // A block is done when every partition has answered once more.
            if (++state->replies % state->partitions.size() == 0) {
                --state->underWay;
                state->fill(self);
            }
        },
    };
}

}  // namespace

void keyedCount(caf::actor_system& system, const Request& request) {
    auto workers = request.workers();
    auto keys = request.number("keys", 10000);
    auto batch = request.number("batch", 1024);
    auto seed = request.number("seed", 1);
    auto parts = rounds(request, [&](std::uint64_t events, auto start, auto stop) {
        auto parts = std::make_shared<std::vector<Part>>(workers);
        caf::scoped_actor self{system};
        std::vector<caf::actor> partitions, sources;
        for (std::size_t at = 0; at < workers; ++at)
            partitions.push_back(system.spawn(partition, &(*parts)[at]));
        auto blockEvents = batch == 1 ? eventsPerBlock : batch;
        for (std::size_t at = 0; at < workers; ++at) {
            Source state{seed, keys, batch, events, blockEvents, at, workers,
                         partitions, caf::actor_cast<caf::actor>(self)};
            sources.push_back(system.spawn(source, std::move(state)));
        }
        start();
        for (auto& each : sources) self->send(each, go_atom::value);
        for (std::size_t left = workers; left > 0; --left) self->receive([](done_atom) {});
        stop();
        for (auto& each : partitions) self->send(each, finish_atom::value);
        // The parts are read when their actors are gone.
        self->wait_for(partitions);
        return parts;
    });
    Keys counts(keys);
    std::uint64_t records = 0, sumOfCounts = 0;
    for (auto& part : *parts) {
        part.counts.visit([&](std::uint64_t key, std::uint64_t count) { counts[key] += count; });
        records += part.records;
        sumOfCounts += part.sumOfCounts;
    }
    value("records", records);
    value("sum-of-counts", sumOfCounts);
    values("counts", counts);
}

}  // namespace peer
