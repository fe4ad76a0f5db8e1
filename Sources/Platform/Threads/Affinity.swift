// Which processors the calling thread may run on: set, read back, and where it is now.
import CPlatform

/// The processors of the calling thread.
public enum Affinity {
    /// Keeps the calling thread on `processor` and proves it by reading the mask back.
    ///
    /// - Errors: `pinningRefused` when the processor is absent or off, or a container (cpuset,
    ///   seccomp) forbids it; the thread then runs where it ran before.
    public static func pin(to processor: ProcessorID) throws(PlatformError) {
        try restrict(to: ProcessorSet([processor]))
    }

    /// Keeps the calling thread on `processors` and proves it by reading the mask back.
    ///
    /// - Errors: as `pin`; also when the kernel keeps only a part of them.
    public static func restrict(to processors: ProcessorSet) throws(PlatformError) {
        let before = try? current()
        let words = processors.words
        let refused = unsafe portals_affinity_set(words, words.count)
        guard refused == 0 else {
            var message = "the kernel refuses to run this thread on processors \(processors)"
            if let before { message += "; it may use \(before)" }
            throw PlatformError(
                .pinningRefused, message + "; choose one of `portals topology`, or do not pin",
                systemError: refused)
        }
        let after = try current()
        guard after == processors else {
            if let before { _ = unsafe portals_affinity_set(before.words, before.words.count) }
            throw PlatformError(
                .pinningRefused,
                "asked to run this thread on processors \(processors), the kernel keeps \(after);"
                    + " choose one of `portals topology`, or do not pin")
        }
    }

    /// The mask of the calling thread, as the kernel holds it.
    public static func current() throws(PlatformError) -> ProcessorSet {
        var words = [UInt64](repeating: 0, count: ProcessorSet.capacity / 64)
        let refused = unsafe portals_affinity_get(&words, words.count)
        guard refused == 0 else {
            throw PlatformError(
                .pinningRefused, "the kernel does not tell the processors of this thread",
                systemError: refused)
        }
        return ProcessorSet(words: words)
    }

    /// Where the calling thread runs now; may be outdated at once unless it is pinned.
    public static func currentProcessor() -> ProcessorID? {
        let number = portals_current_processor()
        return number < 0 ? nil : ProcessorID(Int(number))
    }
}
