// What one synchronization of a device takes, beside the trials that wait for it.
import CPlatform
import Foundation
import Glibc
import Report

/// How long `fdatasync` took after small writes.
public struct SynchronizationTimes: Codable, Sendable, Equatable {
    public var nanosecondsP50: UInt64
    public var nanosecondsP99: UInt64
    /// Writes that were synchronized.
    public var samples: Int
}

/// Times `fdatasync` after writes of one page, one after another, in a file of its own.
///
/// The pages were written before: such a synchronization changes no metadata, which is the least
/// that any durable system can wait for on the device.
final class SynchronizationProbe {
    /// The folder of the probe within the directory of a trial's journal.
    static let folderName = "probe"
    /// A page of the page cache: the least that the kernel writes.
    private static let writeBytes = 4_096
    /// Enough for a median within a few per cent, and 20 ms at 0.1 ms each.
    static let writes = 200

    private let descriptor: Int32
    private let directory: String
    private var nanoseconds: [Double] = []

    /// Makes the file, whole and durable, in `directory`, which is made too.
    ///
    /// - Throws: `TrialFault` where the file system refuses.
    init(directory: String) throws(TrialFault) {
        self.directory = directory
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw TrialFault("\(directory) cannot be made: \(error.localizedDescription)")
        }
        let path = directory + "/pages"
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw TrialFault("\(path) cannot be made: \(unsafe String(cString: strerror(errno)))")
        }
        let zeros = [UInt8](repeating: 0, count: Self.writeBytes)
        for page in 0..<Self.writes { try write(zeros, page: page) }
        guard fsync(descriptor) == 0 else { throw fault("synchronized") }
    }

    deinit {
        close(descriptor)
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Writes and synchronizes each page once.
    func measure() throws(TrialFault) {
        let bytes = (0..<Self.writeBytes).map { UInt8(truncatingIfNeeded: $0 &+ nanoseconds.count) }
        for page in 0..<Self.writes {
            try write(bytes, page: page)
            let start = ProcessMeter.monotonicNanoseconds()
            guard portals_synchronize_data(descriptor) == 0 else { throw fault("synchronized") }
            nanoseconds.append(Double(ProcessMeter.monotonicNanoseconds() - start))
        }
    }

    /// The times of all calls of `measure`; nil before the first.
    var times: SynchronizationTimes? {
        guard let median = Quantile.median(nanoseconds),
            let tail = Quantile.of(nanoseconds, 0.99)
        else { return nil }
        return SynchronizationTimes(
            nanosecondsP50: UInt64(median), nanosecondsP99: UInt64(tail),
            samples: nanoseconds.count)
    }

    private func write(_ bytes: [UInt8], page: Int) throws(TrialFault) {
        let offset = off_t(page * Self.writeBytes)
        guard unsafe pwrite(descriptor, bytes, bytes.count, offset) == bytes.count else {
            throw fault("written")
        }
    }

    private func fault(_ what: String) -> TrialFault {
        TrialFault(
            "\(directory)/pages cannot be \(what): \(unsafe String(cString: strerror(errno)))")
    }
}
