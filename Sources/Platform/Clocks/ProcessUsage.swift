// What the process has used of the machine so far, and what the host took away from it.
import Glibc

/// Processor time, memory and switches of the process or of one thread, since its start.
public struct ProcessUsage: Sendable, Equatable {
    /// Seconds in user and in kernel code, over all threads counted.
    public let cpuSeconds: Double
    /// The most memory the process ever had in RAM, also when read for a thread.
    public let peakResidentByteCount: UInt64
    /// Switches because a thread waited.
    public let voluntarySwitches: UInt64
    /// Switches because the kernel took the processor away: anything above a few disturbs a
    /// measurement.
    public let involuntarySwitches: UInt64

    /// The whole process. 0.6 µs.
    public static func process() -> ProcessUsage { read(__rusage_who_t(RUSAGE_SELF.rawValue)) }

    /// The calling thread. 0.6 µs.
    public static func thread() -> ProcessUsage { read(1) }  // RUSAGE_THREAD

    private static func read(_ who: __rusage_who_t) -> ProcessUsage {
        var usage = rusage()
        let result = unsafe getrusage(who, &usage)
        precondition(result == 0, "getrusage cannot fail for its own process, errno \(errno)")
        let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return ProcessUsage(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            // The kernel counts in KiB.
            peakResidentByteCount: UInt64(usage.ru_maxrss) * 1_024,
            voluntarySwitches: UInt64(usage.ru_nvcsw), involuntarySwitches: UInt64(usage.ru_nivcsw))
    }
}

/// Time that the host of a virtual machine gave to others while this machine wanted to run.
public enum StealTime {
    /// Ticks over all processors since boot, 100 a second; nil where the kernel does not count.
    public static func ticks() -> UInt64? { ticks(in: SystemFile.text("/proc/stat") ?? "") }

    /// The eighth number of the line `cpu` (proc(5)).
    static func ticks(in statistics: String) -> UInt64? {
        let words = statistics.split(separator: "\n").first?.split(separator: " ") ?? []
        guard words.first == "cpu", words.count > 8 else { return nil }
        return UInt64(words[8])
    }
}
