// The thread ring on Portals: a cycle of streams through a sequencer.
import Portals
import Synthetic

extension Token: Event {}
extension Generator: IndexedSource {}

/// What a run leaves. A cycle of streams never seals, so it is gathered as tokens end.
public typealias Results = Gathered<Answer>

/// Passes each token on.
public struct Member: TaskBody, StatelessBody {
    public typealias Input = Token
    public static var handlesAtomComplete: Bool { false }

    @usableFromInline let place: UInt64

    init(place: Int) { self.place = UInt64(place) }

    @inlinable @inline(__always)
    public mutating func onEvent(_ token: Token, _ state: inout Void, _ task: inout Context) {
        var token = token
        token.pass(place)
        task.emit(token)
    }
}

/// Takes the tokens that have ended.
public struct EndedSink: SinkBody {
    private var answer = Answer()
    private let results: Results

    init(results: Results) { self.results = results }

    public mutating func onBatch(_ batch: Batch<Token>, _ step: StepInfo) {
        for index in 0..<batch.count { answer.take(batch[index]) }
    }

    public mutating func onAtomEnd(_ step: StepInfo) {
        results.add(answer)
        answer = Answer()
    }
}

extension Definition {
    /// The ring as a Portals application. On several workers, `Placement.spread` lays the members
    /// of rings of workflows side by side, so that tokens go from worker to worker.
    public func application(_ results: Results) -> Application {
        Application(ring == .pair ? "ping-pong" : "thread-ring") { app in
            let start = app.sequencer("start", of: Token.self, partitions: partitions)
            app.connect(
                app.generator(
                    "tokens", generator, count: UInt64(tokens), atomSize: Int(tokens)), to: start)
            switch ring {
            case .tasks:
                var flow = app.workflow("ring", partitions: partitions).source(start.stream)
                for place in 0..<length {
                    flow = flow.task("member-\(place)", Member(place: place))
                }
                app.connect(goingOn(flow, results).stream(), to: start)
            case .workflows:
                var stream = start.stream
                for place in 0..<length { stream = member(app, place, stream) }
                app.connect(lapEnd(app, stream, results), to: start)
            case .sequencers:
                var stream = start.stream
                for place in 0..<length {
                    let before = app.sequencer(
                        "before-\(place)", of: Token.self, partitions: partitions)
                    app.connect(stream, to: before)
                    stream = member(app, place, before.stream)
                }
                app.connect(lapEnd(app, stream, results), to: start)
            case .pair:
                let back = app.sequencer("back", of: Token.self, partitions: partitions)
                app.connect(player(app, "pinger", 0, start.stream, results), to: back)
                app.connect(player(app, "ponger", 1, back.stream, results), to: start)
            }
        }
    }

    private func member(
        _ app: ApplicationBuilder, _ place: Int, _ stream: Stream<Token>
    ) -> Stream<Token> {
        app.workflow("member-\(place)", partitions: partitions).source(stream)
            .task("member", Member(place: place)).stream()
    }

    /// The workflow behind the last member.
    private func lapEnd(
        _ app: ApplicationBuilder, _ stream: Stream<Token>, _ results: Results
    ) -> Stream<Token> {
        goingOn(app.workflow("lap-end", partitions: partitions).source(stream), results).stream()
    }

    private func player(
        _ app: ApplicationBuilder, _ name: String, _ place: Int, _ stream: Stream<Token>,
        _ results: Results
    ) -> Stream<Token> {
        goingOn(app.workflow(name, partitions: partitions).source(stream), results)
            .task("player", Member(place: place)).stream()
    }

    /// The tokens that go on; the others end here.
    private func goingOn(
        _ flow: Flow<Token, Unkeyed>, _ results: Results
    ) -> Flow<Token, Unkeyed> {
        flow.filter { $0.remaining == 0 }.sink("ended") { _ in EndedSink(results: results) }
        return flow.filter { $0.remaining > 0 }
    }
}
