// A single-producer, single-consumer ring in C++ with the layout of Sources/PortalsCore/Ring:
// tail at 0, head at 128, slots at 384; cached remote indices in the handles.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CReferenceRing.h"

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace {

using Index = std::atomic<uint64_t>;

struct Block {
    alignas(128) Index tail;
    alignas(128) Index head;
    alignas(128) uint64_t capacity;
    alignas(128) uint64_t slots[1];
};
static_assert(offsetof(Block, head) == 128 && offsetof(Block, slots) == 384, "layout of ours");

struct Producer {
    Block *block;
    uint64_t mask, tail, headSeen;

    explicit Producer(void *ring)
        : block(static_cast<Block *>(ring)), mask(block->capacity - 1),
          tail(block->tail.load(std::memory_order_relaxed)),
          headSeen(block->head.load(std::memory_order_acquire)) {}

    bool tryPush(uint64_t item) {
        if (tail - headSeen > mask) {
            headSeen = block->head.load(std::memory_order_acquire);
            if (tail - headSeen > mask) return false;
        }
        block->slots[tail & mask] = item;
        tail += 1;
        block->tail.store(tail, std::memory_order_release);
        return true;
    }

    uint64_t push(const uint64_t *items, uint64_t wanted) {
        uint64_t room = mask + 1 - (tail - headSeen);
        if (room < wanted) {
            headSeen = block->head.load(std::memory_order_acquire);
            room = mask + 1 - (tail - headSeen);
            if (room == 0) return 0;
        }
        uint64_t count = wanted < room ? wanted : room;
        uint64_t start = tail & mask, untilEnd = mask + 1 - start;
        if (untilEnd > count) untilEnd = count;
        std::memcpy(block->slots + start, items, untilEnd * 8);
        if (untilEnd < count)
            std::memcpy(block->slots, items + untilEnd, (count - untilEnd) * 8);
        tail += count;
        block->tail.store(tail, std::memory_order_release);
        return count;
    }
};

struct Consumer {
    Block *block;
    uint64_t mask, head, tailSeen;

    explicit Consumer(void *ring)
        : block(static_cast<Block *>(ring)), mask(block->capacity - 1),
          head(block->head.load(std::memory_order_relaxed)),
          tailSeen(block->tail.load(std::memory_order_acquire)) {}

    bool tryPop(uint64_t &item) {
        if (head == tailSeen) {
            tailSeen = block->tail.load(std::memory_order_acquire);
            if (head == tailSeen) return false;
        }
        item = block->slots[head & mask];
        head += 1;
        block->head.store(head, std::memory_order_release);
        return true;
    }

    template <class Body> uint64_t popAll(uint64_t max, Body body) {
        uint64_t count = tailSeen - head;
        if (count < max) {
            tailSeen = block->tail.load(std::memory_order_acquire);
            count = tailSeen - head;
        }
        if (count > max) count = max;
        if (count == 0) return 0;
        uint64_t start = head & mask, untilEnd = mask + 1 - start;
        if (untilEnd > count) untilEnd = count;
        for (uint64_t i = 0; i < untilEnd; i++) body(block->slots[start + i]);
        for (uint64_t i = untilEnd; i < count; i++) body(block->slots[i - untilEnd]);
        head += count;
        block->head.store(head, std::memory_order_release);
        return count;
    }
};

}  // namespace

extern "C" {

void *reference_ring_make(uint64_t capacity) {
    uint64_t bytes = (offsetof(Block, slots) + capacity * 8 + 127) & ~uint64_t(127);
    void *memory = nullptr;
    if (posix_memalign(&memory, 128, bytes) != 0) std::abort();
    std::memset(memory, 0, bytes);
    static_cast<Block *>(memory)->capacity = capacity;
    return memory;
}

void reference_ring_free(void *ring) { std::free(ring); }

void reference_ring_produce(void *ring, uint64_t count) {
    Producer producer(ring);
    for (uint64_t item = 1; item <= count; item++)
        while (!producer.tryPush(item)) {}
}

uint64_t reference_ring_consume(void *ring, uint64_t count) {
    Consumer consumer(ring);
    uint64_t sum = 0, item = 0;
    for (uint64_t taken = 0; taken < count; taken++) {
        while (!consumer.tryPop(item)) {}
        sum += item;
    }
    return sum;
}

void reference_ring_produce_batches(void *ring, uint64_t count, uint64_t batch) {
    Producer producer(ring);
    uint64_t *items = static_cast<uint64_t *>(std::malloc(batch * 8));
    for (uint64_t sent = 0; sent < count;) {
        uint64_t wanted = count - sent < batch ? count - sent : batch;
        for (uint64_t i = 0; i < wanted; i++) items[i] = sent + i + 1;
        for (uint64_t pushed = 0; pushed < wanted;)
            pushed += producer.push(items + pushed, wanted - pushed);
        sent += wanted;
    }
    std::free(items);
}

uint64_t reference_ring_consume_batches(void *ring, uint64_t count, uint64_t batch) {
    Consumer consumer(ring);
    uint64_t sum = 0;
    for (uint64_t taken = 0; taken < count;)
        taken += consumer.popAll(batch, [&](uint64_t item) { sum += item; });
    return sum;
}

void reference_queue_produce(void *ring, uint64_t count, uint64_t batch) {
    Producer producer(ring);
    if (batch == 1) {
        for (uint64_t item = 0; item < count; item++)
            while (!producer.tryPush(item)) {}
        return;
    }
    uint64_t *items = static_cast<uint64_t *>(std::malloc(batch * 8));
    for (uint64_t sent = 0; sent < count;) {
        uint64_t wanted = count - sent < batch ? count - sent : batch;
        for (uint64_t i = 0; i < wanted; i++) items[i] = sent + i;
        for (uint64_t pushed = 0; pushed < wanted;)
            pushed += producer.push(items + pushed, wanted - pushed);
        sent += wanted;
    }
    std::free(items);
}

uint64_t reference_queue_consume(void *ring, uint64_t count, uint64_t batch, uint64_t *items) {
    Consumer consumer(ring);
    uint64_t digest = 0, taken = 0, item = 0;
    if (batch == 1) {
        for (; taken < count; taken++) {
            while (!consumer.tryPop(item)) {}
            digest = digest * 31 + item;
        }
    } else {
        while (taken < count)
            taken += consumer.popAll(batch, [&](uint64_t next) { digest = digest * 31 + next; });
    }
    *items = taken;
    return digest;
}

uint64_t reference_ring_ping(void *there, void *back, uint64_t count) {
    Producer producer(there);
    Consumer consumer(back);
    uint64_t sum = 0, item = 0;
    for (uint64_t number = 1; number <= count; number++) {
        while (!producer.tryPush(number)) {}
        while (!consumer.tryPop(item)) {}
        sum += item;
    }
    return sum;
}

void reference_ring_pong(void *there, void *back, uint64_t count) {
    Consumer consumer(there);
    Producer producer(back);
    uint64_t item = 0;
    for (uint64_t number = 1; number <= count; number++) {
        while (!consumer.tryPop(item)) {}
        while (!producer.tryPush(item)) {}
    }
}

uint64_t reference_line_ping(void *lines, uint64_t count) {
    Index *mine = static_cast<Index *>(lines), *theirs = mine + 16;
    for (uint64_t number = 1; number <= count; number++) {
        mine->store(number, std::memory_order_release);
        while (theirs->load(std::memory_order_acquire) != number) {}
    }
    return theirs->load(std::memory_order_relaxed);
}

void reference_line_pong(void *lines, uint64_t count) {
    Index *theirs = static_cast<Index *>(lines), *mine = theirs + 16;
    for (uint64_t number = 1; number <= count; number++) {
        while (theirs->load(std::memory_order_acquire) != number) {}
        mine->store(number, std::memory_order_release);
    }
}

int reference_pin(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    return pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}
}
