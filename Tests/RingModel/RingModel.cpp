// The ring of RingProducer.hpp and RingConsumer.hpp between two threads, under Relacy: random
// schedules of every form, and every schedule of small worlds. Status 0 if nothing was found.
//
// usage: ring-model WEAKENED random ITERATIONS | ring-model WEAKENED full
//
// WEAKENED is a number of Orders.hpp, or 0.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ostream>

#include "RingConsumer.hpp"
#include "RingProducer.hpp"

enum Form { ONE_BY_ONE, BATCHES, STAGED, FORMS };

// `items` numbered items through a ring of `capacity`; each thread makes a bounded number of
// `tries`, so every schedule ends. Forbidden: a data race on a slot or on freed memory, a block
// freed twice or never (Relacy sees these), an item lost, twice or out of order, half of a staged
// pair, more items than the ring can hold (asserted here).
template <Form form, unsigned capacity, unsigned items, unsigned tries>
struct TwoThreads : rl::test_suite<TwoThreads<form, capacity, items, tries>, 2> {
    Block* block;
    // Both indices wrap within the run.
    static Index firstIndex() { return ~Index(0); }

    void before() { block = makeBlock(firstIndex()); }

    void thread(unsigned index) {
        if (index == 0) {
            RingProducer producer(block, capacity - 1, firstIndex());
            produce(producer);
            producer.end();
        } else {
            RingConsumer consumer(block, capacity - 1, firstIndex());
            consume(consumer);
            consumer.end();
        }
    }

    void produce(RingProducer& producer) {
        unsigned next = 0;
        for (unsigned turn = 0; turn < tries && next < items; ++turn) {
            unsigned pair[2] = {next, next + 1};
            unsigned left = items - next < 2 ? items - next : 2;
            if (form == ONE_BY_ONE) {
                if (producer.tryPush(next)) next += 1;
            } else if (form == BATCHES) {
                next += unsigned(producer.push(pair, left));
            } else if (producer.isEmpty()) {
                // Room for a pair: the ring was empty, and only this thread fills it.
                RL_ASSERT(producer.stage(next));
                RL_ASSERT(producer.stage(next + 1));
                producer.publish();
                next += 2;
            }
        }
        // An item staged and never published is lost with the handle, and no one else's business.
        if (next == items) producer.stage(items);
    }

    void consume(RingConsumer& consumer) {
        unsigned expected = 0;
        for (unsigned turn = 0; turn < tries && expected < items; ++turn) {
            unsigned taken[2];
            Index count = 0;
            if (form == ONE_BY_ONE) {
                count = consumer.tryPop(taken[0]) ? 1 : 0;
            } else if (form == BATCHES) {
                count = consumer.pop(taken, 2);
            } else {
                count = consumer.popAll(~Index(0), [&](unsigned item) {
                    RL_ASSERT(count < 2);
                    taken[count++] = item;
                });
                RL_ASSERT(count % 2 == 0);
            }
            RL_ASSERT(count <= capacity);
            for (Index i = 0; i < count; ++i) RL_ASSERT(taken[i] == expected++);
        }
        if (expected == items) RL_ASSERT(consumer.isEmpty());
    }
};

// Runs one test and prints what was explored; what was found, and its history, Relacy prints.
template <typename Test>
bool holds(char const* name, rl::scheduler_type_e search, rl::iteration_t iterations) {
    // Relacy's own heap is in force while it prints, so neither stream may allocate.
    std::ostream silent(nullptr);
    rl::test_params params;
    params.search_type = search;
    params.iteration_count = iterations;
    params.progress_stream = &silent;
    bool passed = rl::simulate<Test>(params);
    std::printf("%s, %s: %s after %llu schedules\n", name, rl::format(search),
                passed ? "nothing found" : rl::test_result_str(params.test_result),
                static_cast<unsigned long long>(params.stop_iteration));
    return passed;
}

int main(int argc, char** argv) {
    weakened = argc > 1 ? std::atoi(argv[1]) : 0;
    if (argc == 4 && std::strcmp(argv[2], "random") == 0) {
        rl::iteration_t count = rl::iteration_t(std::strtoull(argv[3], nullptr, 10));
        rl::scheduler_type_e search = rl::random_scheduler_type;
        bool passed = holds<TwoThreads<ONE_BY_ONE, 1, 3, 8>>("one by one, 1 slot", search, count);
        passed &= holds<TwoThreads<ONE_BY_ONE, 2, 5, 12>>("one by one, 2 slots", search, count);
        passed &= holds<TwoThreads<BATCHES, 2, 6, 12>>("batches, 2 slots", search, count);
        passed &= holds<TwoThreads<STAGED, 2, 6, 12>>("staged pairs, 2 slots", search, count);
        return passed ? 0 : 1;
    }
    if (argc == 3 && std::strcmp(argv[2], "full") == 0) {
        rl::scheduler_type_e search = rl::fair_full_search_scheduler_type;
        bool passed = holds<TwoThreads<ONE_BY_ONE, 1, 3, 4>>("one by one, 1 slot", search, 0);
        passed &= holds<TwoThreads<BATCHES, 2, 4, 4>>("batches, 2 slots", search, 0);
        passed &= holds<TwoThreads<STAGED, 2, 4, 3>>("staged pairs, 2 slots", search, 0);
        return passed ? 0 : 1;
    }
    std::fprintf(stderr, "usage: ring-model WEAKENED random ITERATIONS | WEAKENED full\n");
    return 64;
}
