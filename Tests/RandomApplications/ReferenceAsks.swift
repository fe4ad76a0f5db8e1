// Asks that have not ended, and the requests that have not been answered, in the reference model.

/// What several futures of one wait share.
final class Wait {
    let captured: Captured
    let form: WaitForm
    var replies: [Token?]
    var isDone = false
    var failedCount = 0

    init(_ captured: Captured, _ form: WaitForm, count: Int) {
        self.captured = captured
        self.form = form
        replies = Array(repeating: nil, count: count)
    }
}

/// One future.
struct AskFrame {
    var wait: Wait
    var index: Int
    var workflow: Int
    var node: Int
    var partition: Int
    var key: UInt64
    /// The request that the asker was handling.
    var origin: Int?
    var deadline: UInt64?
}

/// A request in the replier's hands.
struct OpenRequest {
    var asker: Int
    var askerPartition: Int
    /// The replier's.
    var partition: Int
}

/// All asks of a system, by identity: numbers in the order of asking.
struct AskTable {
    var frames: [Int: AskFrame] = [:]
    /// Requests that have neither an answer nor a failure.
    var open: [Int: OpenRequest] = [:]
    private var next = 0

    mutating func insert(_ frame: AskFrame, replier partition: Int) -> Int {
        next += 1
        frames[next] = frame
        open[next] = OpenRequest(
            asker: frame.workflow, askerPartition: frame.partition, partition: partition)
        return next
    }

    /// Whether anything may still answer a request: an ask made for it.
    func isWaiting(for request: Int) -> Bool {
        frames.values.contains { $0.origin == request }
    }
}
