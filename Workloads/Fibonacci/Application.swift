// The Fibonacci workload on Portals: one keyed task whose messages go back to it.
import Portals
import Synthetic

extension Message: Event {}
extension Generator: IndexedSource {}

/// What a run leaves. A cycle of streams never seals, so it is gathered atom by atom.
public typealias Results = Gathered<Answer>

/// The number of each key.
public struct Number: TaskBody, StatelessBody {
    public typealias Input = Message
    public static var handlesAtomComplete: Bool { false }

    init() {}

    @inlinable public func initialState() -> Memo { Memo() }

    @inlinable @inline(__always)
    public mutating func onEvent(_ message: Message, _ memo: inout Memo, _ task: inout Context) {
        memo.receive(message) { task.emit($0) }
    }
}

/// Takes all messages that are sent.
public struct MessageSink: SinkBody {
    @usableFromInline var answer = Answer()
    let results: Results

    init(results: Results) { self.results = results }

    @inlinable @inline(__always)
    public mutating func onBatch(_ batch: Batch<Message>, _ step: StepInfo) {
        for index in 0..<batch.count { answer.take(batch[index]) }
    }

    public mutating func onAtomEnd(_ step: StepInfo) {
        results.add(answer)
        answer = Answer()
    }
}

extension Definition {
    /// The workload as a Portals application.
    public func application(_ results: Results) -> Application {
        Application("fibonacci") { app in
            let messages = app.sequencer("messages", of: Message.self)
            app.connect(
                app.generator(
                    "computations", generator, count: computations, atomSize: Int(atomSize)),
                to: messages)
            let sent = app.workflow("fibonacci").source(messages.stream)
                .key { $0.key }
                .task("number", Number())
                .sink("sent") { _ in MessageSink(results: results) }
                .filter { $0.receiver != Message.caller }
                .stream()
            app.connect(sent, to: messages)
        }
    }
}
