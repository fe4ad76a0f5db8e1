// The C++ ring that ours is measured against, same layout and algorithm, and the raw hand-over of
// one cache line that limits both.
#ifndef CREFERENCERING_H
#define CREFERENCERING_H
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A ring of 64-bit items; capacity is a power of two.
void *reference_ring_make(uint64_t capacity);
void reference_ring_free(void *ring);

// Passes 1 ... count one by one, or batch by batch; consuming returns the sum.
void reference_ring_produce(void *ring, uint64_t count);
uint64_t reference_ring_consume(void *ring, uint64_t count);
void reference_ring_produce_batches(void *ring, uint64_t count, uint64_t batch);
uint64_t reference_ring_consume_batches(void *ring, uint64_t count, uint64_t batch);

// Passes 0 ... count - 1, one by one where batch is 1; consuming returns 31 times the digest before
// plus the item, over all of them, and says in `items` how many it took.
void reference_queue_produce(void *ring, uint64_t count, uint64_t batch);
uint64_t reference_queue_consume(void *ring, uint64_t count, uint64_t batch, uint64_t *items);

// Sends 1 ... count and waits for each to come back; pinging returns the sum of what came back.
uint64_t reference_ring_ping(void *there, void *back, uint64_t count);
void reference_ring_pong(void *there, void *back, uint64_t count);

// Two words on lines of their own, 256 bytes aligned to 128, both zero at first: each side writes
// one word and waits for the other's. Pinging returns the last word seen.
uint64_t reference_line_ping(void *lines, uint64_t count);
void reference_line_pong(void *lines, uint64_t count);

// Pins the calling thread to a core; 0 or an errno.
int reference_pin(int core);

#ifdef __cplusplus
}
#endif
#endif
