// Time and memory of this process, read from the kernel.
import Foundation
import Glibc

/// Readings of this process.
enum ProcessMeter {
    /// Nanoseconds of the monotonic clock.
    static func monotonicNanoseconds() -> UInt64 { nanoseconds(CLOCK_MONOTONIC) }

    /// Processor nanoseconds of all threads since the start of the process.
    static func processorNanoseconds() -> UInt64 { nanoseconds(CLOCK_PROCESS_CPUTIME_ID) }

    private static func nanoseconds(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        let result = unsafe clock_gettime(clock, &time)
        precondition(result == 0, "clock_gettime(\(clock)) failed with errno \(errno)")
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Makes the kernel forget the largest resident memory so far; false where it refuses.
    ///
    /// `proc(5)`: writing 5 to `clear_refs` resets `VmHWM`.
    static func forgetPeakMemory() -> Bool {
        guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return false }
        defer { try? file.close() }
        do {
            try file.write(contentsOf: Data("5".utf8))
            return true
        } catch {
            return false
        }
    }

    /// The largest resident memory since the start or since it was forgotten, in bytes.
    static func peakMemoryBytes() -> UInt64? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
            return nil
        }
        return peakMemoryBytes(status: status)
    }

    /// `VmHWM:     1234 kB` of `/proc/self/status`.
    static func peakMemoryBytes(status: String) -> UInt64? {
        for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count == 3, words[2] == "kB", let kibibytes = UInt64(words[1]) else {
                return nil
            }
            return kibibytes * 1_024
        }
        return nil
    }
}
