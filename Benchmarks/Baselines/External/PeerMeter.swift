// Processor time and memory of a peer's processes, read from the kernel at both ends of the window.
import Foundation
import Glibc

/// Reads the meters of other processes.
struct PeerMeter {
    let processes: [pid_t]

    /// Processor nanoseconds of all threads of all the processes, since each began; nil if one
    /// cannot be read.
    func processorNanoseconds() -> UInt64? {
        var sum: UInt64 = 0
        for process in processes {
            var clock = clockid_t()
            var time = timespec()
            guard unsafe clock_getcpuclockid(process, &clock) == 0,
                unsafe clock_gettime(clock, &time) == 0
            else { return nil }
            sum += UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        }
        return sum
    }

    /// Makes the kernel forget the largest resident memory so far; false where it refuses.
    func forgetPeakMemory() -> Bool {
        processes.allSatisfy { process in
            guard let file = FileHandle(forWritingAtPath: "/proc/\(process)/clear_refs") else {
                return false
            }
            defer { try? file.close() }
            // `proc(5)`: 5 resets `VmHWM`.
            return (try? file.write(contentsOf: Data("5".utf8))) != nil
        }
    }

    /// The largest resident memory of each since then, added up; nil if one cannot be read.
    func peakMemoryBytes() -> UInt64? {
        var sum: UInt64 = 0
        for process in processes {
            guard
                let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
                let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
                let kibibytes = line.split(whereSeparator: { " \t".contains($0) }).dropFirst()
                    .first.flatMap({ UInt64($0) })
            else { return nil }
            sum += kibibytes * 1_024
        }
        return sum
    }
}
