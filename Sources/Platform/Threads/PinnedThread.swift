// A thread of the kernel with a name, a stack of chosen size and, if wished, one processor.
import CPlatform
import Glibc
import Synchronization

/// A running thread; joined once, or left to end alone.
///
/// - Ownership: any thread may join; when the last reference goes without `join`, the thread runs
///   on detached.
public final class PinnedThread: Sendable {
    /// Whether the thread sits where it was asked to.
    public enum Pinning: Equatable, Sendable {
        case notAsked
        /// Proven by reading the mask back on the thread itself.
        case pinned(ProcessorID)
        /// The thread runs unpinned, and this is why.
        case refused(PlatformError)
    }

    /// As given; the kernel may show less of it.
    public let name: String
    /// Settled before `init` returns.
    public let pinning: Pinning
    private let handle: Mutex<pthread_t?>

    private static let stackByteCountMin = 256 << 10

    /// Starts a thread that pins itself, then runs `body`; returns once the pinning is settled.
    ///
    /// - Parameter name: shown by debuggers and /proc; the kernel keeps 15 bytes.
    /// - Parameter stackByteCount: at least 256 KiB, rounded up to pages: the thread-local
    ///   variables of all libraries come out of it, and OpenBLAS alone has 60 KiB of them. 1 MiB by
    ///   default: enough for handlers of users, and only touched pages count.
    /// - Errors: `threadRefused` when there is no thread to be had. A refused processor is no
    ///   error: the thread runs unpinned and `pinning` says why.
    public init(
        name: String, processor: ProcessorID? = nil, stackByteCount: Int = 1 << 20,
        body: @escaping @Sendable () -> Void
    ) throws(PlatformError) {
        let start = Start(name: name, processor: processor, body: body)
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        let bytes =
            (max(stackByteCount, Self.stackByteCountMin) + pageByteCount - 1) & ~(pageByteCount - 1)
        unsafe pthread_attr_setstacksize(&attributes, bytes)
        var thread = pthread_t()
        // The thread takes this reference over; on refusal it is taken back below.
        let passed = unsafe Unmanaged.passRetained(start)
        let refused = unsafe pthread_create(&thread, &attributes, runThread, passed.toOpaque())
        guard refused == 0 else {
            unsafe passed.release()
            throw PlatformError(
                .threadRefused,
                "no thread \"\(name)\" with a stack of \(bytes) bytes; raise `ulimit -u` and the"
                    + " pids limit of the container, or use fewer workers", systemError: refused)
        }
        self.name = name
        self.pinning = start.waitForPinning()
        handle = Mutex(thread)
    }

    /// Waits until the body has returned; at once when it was joined before.
    public func join() {
        handle.withLock { handle in
            guard let thread = handle else { return }
            pthread_join(thread, nil)
            handle = nil
        }
    }

    deinit {
        handle.withLock { handle in
            if let thread = handle { pthread_detach(thread) }
        }
    }
}

/// What the new thread gets, and how it answers whether it is pinned.
private final class Start: Sendable {
    let name: String
    let processor: ProcessorID?
    let body: @Sendable () -> Void
    private let settled = Mutex<PinnedThread.Pinning?>(nil)
    private let creator = Parker()

    init(name: String, processor: ProcessorID?, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.processor = processor
        self.body = body
    }

    func run() {
        unsafe portals_thread_name(name)
        let result: PinnedThread.Pinning
        if let processor {
            do throws(PlatformError) {
                try Affinity.pin(to: processor)
                result = .pinned(processor)
            } catch {
                result = .refused(error)
            }
        } else {
            result = .notAsked
        }
        settled.withLock { $0 = result }
        creator.unpark()
        body()
    }

    func waitForPinning() -> PinnedThread.Pinning {
        while true {
            if let pinning = settled.withLock({ $0 }) { return pinning }
            creator.park()
        }
    }
}

private func runThread(_ start: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    // The reference that PinnedThread.init passed on; it is never nil.
    unsafe Unmanaged<Start>.fromOpaque(start!).takeRetainedValue().run()
    return nil
}

/// Bytes of a page, a power of two.
let pageByteCount = sysconf(Int32(_SC_PAGESIZE))
