// The events of the suite's workloads: pure functions of seed and index.
final class Generators {
    private Generators() {}

    /** The number at an index of the splitmix64 sequence that starts from a seed. */
    static long splitMix64(long seed, long index) {
        long bits = seed + (index + 1) * 0x9E3779B97F4A7C15L;
        bits = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
        bits = (bits ^ (bits >>> 27)) * 0x94D049BB133111EBL;
        return bits ^ (bits >>> 31);
    }

    /** The high half of the product of an unsigned number and a range. */
    static long scaled(long bits, long range) {
        return Math.multiplyHigh(bits, range) + ((bits >> 63) & range);
    }
}
