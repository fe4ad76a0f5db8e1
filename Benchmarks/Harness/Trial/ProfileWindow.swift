// What a trial does at the edges of its window when it is profiled: the profiler outside is
// switched on and off, and the allocator is asked.
import Foundation
import Glibc
import Synchronization

/// How a trial is profiled, as its process is told.
public struct TrialProfile: Codable, Sendable, Equatable {
    /// Named pipes to `perf record --control` and back; nil without it.
    public var controlPath: String?
    public var acknowledgePath: String?
    /// Where jemalloc's profile of the window is written; nil where none is wanted.
    public var heapPath: String?
    /// Count allocations by size.
    public var countsSizes = false

    /// A trial that nothing is done to.
    public init() {}
}

/// Allocations of one size class of the allocator.
public struct AllocationClass: Codable, Sendable, Equatable {
    /// Bytes that a block of the class has.
    public var byteCount: UInt64
    /// Blocks asked for.
    public var count: UInt64

    /// Blocks of a class.
    public init(byteCount: UInt64, count: UInt64) {
        self.byteCount = byteCount
        self.count = count
    }
}

/// The profiler's side of the window of one trial.
public final class ProfileWindow: Sendable {
    private let profile: TrialProfile
    private let instruments: TrialInstruments
    private let sizes = Mutex<(before: [AllocationClass]?, during: [AllocationClass]?)>((nil, nil))

    /// The window of a trial that is profiled so.
    public init(_ profile: TrialProfile, instruments: TrialInstruments) {
        self.profile = profile
        self.instruments = instruments
    }

    /// Called before the window's clock is read.
    func open() {
        if profile.countsSizes {
            let before = instruments.allocationClasses()
            sizes.withLock { $0.before = before }
        }
        if profile.heapPath != nil { instruments.beginHeapProfile() }
        tell("enable")
    }

    /// Called when the window's clock has been read.
    func close() {
        tell("disable")
        if let path = profile.heapPath { instruments.endHeapProfile(path) }
        guard profile.countsSizes, let after = instruments.allocationClasses() else { return }
        sizes.withLock { sizes in
            let before = sizes.before ?? []
            sizes.during = after.map { size in
                let old = before.first { $0.byteCount == size.byteCount }?.count ?? 0
                return AllocationClass(
                    byteCount: size.byteCount, count: size.count >= old ? size.count - old : 0)
            }
        }
    }

    /// Allocations of the window by size class; nil where they were not counted.
    var allocations: [AllocationClass]? { sizes.withLock { $0.during } }

    /// Sends a command to `perf record` and waits until it is carried out: perf-record(1),
    /// `--control`. Without an answer the trial goes on, and its profile is empty or too long.
    private func tell(_ command: String) {
        guard let path = profile.controlPath, let answer = profile.acknowledgePath else { return }
        // Without waiting: perf holds both ends of either pipe.
        let control = unsafe Glibc.open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        let acknowledge = unsafe Glibc.open(answer, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer {
            if control >= 0 { _ = Glibc.close(control) }
            if acknowledge >= 0 { _ = Glibc.close(acknowledge) }
        }
        guard control >= 0, acknowledge >= 0 else { return }
        let bytes = Array((command + "\n").utf8)
        guard unsafe write(control, bytes, bytes.count) == bytes.count else { return }
        var waiting = pollfd(fd: acknowledge, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&waiting, 1, Self.answerMilliseconds) > 0 else { return }
        var text = [UInt8](repeating: 0, count: 16)
        _ = unsafe read(acknowledge, &text, 16)
    }

    /// perf answers within a millisecond; a machine without a free processor needs longer.
    private static let answerMilliseconds: Int32 = 2_000
}
