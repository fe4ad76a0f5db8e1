// The queue before a thread: a lock, a condition, and an array.

/// What other threads have put before one thread.
///
/// Its owner takes all of it at once. A sender that finds it full is told when there is room, in
/// its
/// own inbox: so a thread waits for one thing only, whether for something to come or for room, and
/// two that are full of each other's messages go on with their own.
///
/// - Ownership: any thread puts; its owner takes and waits.
final class Inbox<Message>: @unchecked Sendable {
    // Unchecked: all of it under the lock.
    private let lock = Lock()
    private var messages: [Message] = []
    private let capacity: Int?
    /// Whoever found it full and wants to be told.
    private var waiting: [Inbox] = []
    private var hasNews = false
    private var isAsleep = false

    /// - Parameter capacity: nil where its senders bound what they have under way.
    init(capacity: Int? = nil) {
        self.capacity = capacity
        messages.reserveCapacity(capacity ?? 64)
    }

    /// Puts a message in, of an inbox that has room for all that can be under way.
    func put(_ message: Message) {
        lock.lock()
        precondition(capacity == nil, "a bounded inbox tells its senders when it is full")
        messages.append(message)
        wakeOwnerAndUnlock()
    }

    /// Puts a message in; false if it is full, then `sender` is told when it is not.
    func put(_ message: Message, from sender: Inbox) -> Bool {
        lock.lock()
        if let capacity, messages.count >= capacity {
            if !waiting.contains(where: { $0 === sender }) { waiting.append(sender) }
            lock.unlock()
            return false
        }
        messages.append(message)
        wakeOwnerAndUnlock()
        return true
    }

    /// Exchanges the messages for an empty array; false if there are none.
    func takeAll(into empty: inout [Message]) -> Bool {
        lock.lock()
        hasNews = false
        if messages.isEmpty {
            lock.unlock()
            return false
        }
        swap(&messages, &empty)
        let told = waiting
        if !waiting.isEmpty { waiting.removeAll() }
        lock.unlock()
        for sender in told { sender.tell() }
        return true
    }

    /// Sleeps until there are messages, or there is news since they were last taken.
    func wait() {
        lock.lock()
        while messages.isEmpty && !hasNews {
            isAsleep = true
            lock.wait()
        }
        isAsleep = false
        lock.unlock()
    }

    private func tell() {
        lock.lock()
        hasNews = true
        wakeOwnerAndUnlock()
    }

    /// Signals after the lock is free, so that who wakes finds it so; and only who sleeps, because
    /// a
    /// signal is a system call.
    private func wakeOwnerAndUnlock() {
        let wakes = isAsleep
        isAsleep = false
        lock.unlock()
        if wakes { lock.signal() }
    }
}
