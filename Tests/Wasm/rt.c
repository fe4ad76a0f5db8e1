// The C functions that Embedded Swift calls and a bare WebAssembly module lacks: an allocator that
// reuses freed blocks by size class, copying, comparing, and a generator for hash seeds.
// A test's run-time: it never gives memory back to the page and knows one thread.
#include <stddef.h>
#include <stdint.h>

extern unsigned char __heap_base;

enum { pageBytes = 65536, headerBytes = 16, classBytesMin = 32, classCount = 27 };
// The largest class, 32 << 26, is 2 GiB: half the address space.

// Sits right below the block: `start` is what the class's list links, `sizeClass` says which list.
struct header {
    void *start;
    uint32_t sizeClass;
    uint32_t unused;
};

static uintptr_t heapEnd;
static void *freeBlocks[classCount];

// Cuts `byteCount` bytes off the end of the heap, growing the memory by pages; null when it can't.
static void *heapGrow(size_t byteCount) {
    if (heapEnd == 0) heapEnd = (uintptr_t)&__heap_base;
    uintptr_t start = (heapEnd + 15) & ~(uintptr_t)15;
    uintptr_t capacity = (uintptr_t)__builtin_wasm_memory_size(0) * pageBytes;
    if (start + byteCount > capacity) {
        uintptr_t missing = start + byteCount - capacity;
        uintptr_t pages = (missing + pageBytes - 1) / pageBytes;
        if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) return NULL;
    }
    heapEnd = start + byteCount;
    return (void *)start;
}

int posix_memalign(void **block, size_t alignment, size_t byteCount) {
    if (alignment < headerBytes) alignment = headerBytes;
    size_t needed = byteCount + alignment + headerBytes;
    uint32_t sizeClass = 0;
    while (((size_t)classBytesMin << sizeClass) < needed) {
        if (++sizeClass == classCount) return 12; // ENOMEM
    }
    void *start = freeBlocks[sizeClass];
    if (start != NULL) {
        freeBlocks[sizeClass] = *(void **)start;
    } else {
        start = heapGrow((size_t)classBytesMin << sizeClass);
        if (start == NULL) return 12;
    }
    uintptr_t aligned =
        ((uintptr_t)start + headerBytes + alignment - 1) & ~(uintptr_t)(alignment - 1);
    struct header *header = (struct header *)(aligned - headerBytes);
    header->start = start;
    header->sizeClass = sizeClass;
    *block = (void *)aligned;
    return 0;
}

void free(void *block) {
    if (block == NULL) return;
    struct header header = *(struct header *)((uintptr_t)block - headerBytes);
    *(void **)header.start = freeBlocks[header.sizeClass];
    freeBlocks[header.sizeClass] = header.start;
}

void *memmove(void *target, const void *source, size_t byteCount) {
    unsigned char *to = target;
    const unsigned char *from = source;
    if (to < from) {
        for (size_t i = 0; i < byteCount; i++) to[i] = from[i];
    } else {
        for (size_t i = byteCount; i > 0; i--) to[i - 1] = from[i - 1];
    }
    return target;
}

void *memcpy(void *target, const void *source, size_t byteCount) {
    return memmove(target, source, byteCount);
}

void *memset(void *target, int value, size_t byteCount) {
    unsigned char *to = target;
    for (size_t i = 0; i < byteCount; i++) to[i] = (unsigned char)value;
    return target;
}

int memcmp(const void *left, const void *right, size_t byteCount) {
    const unsigned char *a = left, *b = right;
    for (size_t i = 0; i < byteCount; i++) {
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}

// SplitMix64 from a fixed seed: runs of the test repeat.
void arc4random_buf(void *target, size_t byteCount) {
    static uint64_t state = 1;
    unsigned char *to = target;
    for (size_t i = 0; i < byteCount; i++) {
        uint64_t word = state += 0x9E3779B97F4A7C15u;
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9u;
        word = (word ^ (word >> 27)) * 0x94D049BB133111EBu;
        to[i] = (unsigned char)(word >> 56);
    }
}
