// Section 3.5 of the model: time-outs of different lengths, and pauses, which end by nothing else.
import Portals
import Testing

@Suite("3.5: time-outs of one step")
struct TimeOutTests {
    /// What a task asks, or waits for, and after what time that ends.
    private struct Wait: Event, Hashable {
        var id: Int
        var nanoseconds: UInt64
        var isPause: Bool
    }

    /// A task that waits for all that it is given; its outcomes, in order.
    private func launch(
        _ site: TrialSite, _ waits: [[Wait]], policy: FailurePolicy = .deadLetter,
        fails: @escaping @Sendable (Wait) -> Bool = { _ in false }
    ) throws -> Collector<Int> {
        let ends = Collector<Int>()
        try site.launch(
            Application("m") { app in
                let never = app.portal("never", asking: Int.self, replying: Int.self)
                app.workflow("never").requestsOnly()
                    .task("t", Silent(own: never), asks: [Asking(never)], replies: never)
                app.workflow("a", onFailure: policy).source(app.generator("g", atoms: waits))
                    .key { Key($0.id % 3) }
                    .task("t", Waiting(never: never, fails: fails), asks: [Asking(never)])
                    .sink("ends", ends)
            })
        return ends
    }

    /// Answers nothing before everyone has given it up.
    private struct Silent: AskingBody, StatelessBody {
        typealias Input = Never
        typealias Output = Never
        typealias Memory = Int
        typealias Answer = Int
        typealias Request = Int
        typealias Reply = Int
        let own: Portal<Int, Int>

        mutating func onEvent(_ event: Never, _ state: inout Void, _ task: inout Context) {}
        mutating func onRequest(_ id: Int, _ state: inout Void, _ task: inout Context) {
            task.pause(on: own, nanoseconds: 1_000_000, remembering: id)
        }
        mutating func onReply(
            _ reply: Int, _ id: Int, _ state: inout Void, _ task: inout Context
        ) {}
        mutating func onAskFailure(
            _ failure: AskFailure, _ id: Int, _ state: inout Void, _ task: inout Context
        ) { task.reply(id) }
    }

    private struct Waiting: AskingBody, StatelessBody {
        typealias Input = Wait
        typealias Output = Int
        typealias Memory = Int
        typealias Answer = Int
        static var canFail: Bool { true }
        let never: Portal<Int, Int>
        let fails: @Sendable (Wait) -> Bool

        mutating func onEvent(_ wait: Wait, _ state: inout Void, _ task: inout Context) {
            if wait.isPause {
                task.pause(on: never, nanoseconds: wait.nanoseconds, remembering: wait.id)
            } else {
                task.ask(
                    never, wait.id, remembering: wait.id, timeoutNanoseconds: wait.nanoseconds)
            }
            if fails(wait) { task.fail("as it should") }
        }
        mutating func onReply(
            _ reply: Int, _ id: Int, _ state: inout Void, _ task: inout Context
        ) { task.emit(-id) }
        mutating func onAskFailure(
            _ failure: AskFailure, _ id: Int, _ state: inout Void, _ task: inout Context
        ) { task.emit(failure == .timedOut ? id : -id) }
    }

    private func waits(_ count: Int, isPause: (Int) -> Bool) -> [Wait] {
        // None of one length, and not in their order.
        (1...count).map {
            Wait(id: $0, nanoseconds: UInt64($0 * 7 % 13 + 1) * 1_000, isPause: isPause($0))
        }
    }

    @Test("asks of one step with different time-outs all time out, in the order of time")
    func different() throws {
        try underAllDrivers { site in
            let waits = waits(12) { _ in false }
            let ends = try launch(site, [waits])
            try site.rest()
            try site.expect(
                ends.events, is: waits.sorted { $0.nanoseconds < $1.nanoseconds }.map(\.id))
        }
    }

    @Test("a pause ends when its time has come, among time-outs")
    func pauses() throws {
        try underAllDrivers { site in
            let waits = waits(12) { $0 % 2 == 0 }
            let ends = try launch(site, [waits])
            try site.rest()
            try site.expect(
                ends.events, is: waits.sorted { $0.nanoseconds < $1.nanoseconds }.map(\.id))
        }
    }

    @Test("a handler that fails has not paused")
    func undone() throws {
        try underAllDrivers { site in
            let waits = waits(12) { $0 % 2 == 0 }
            let ends = try launch(site, [waits]) { $0.id % 3 == 0 }
            try site.rest()
            try site.expect(ends.events.sorted(), is: (1...12).filter { $0 % 3 != 0 })
        }
    }

    @Test("an atom that is aborted has not paused")
    func aborted() throws {
        try underAllDrivers { site in
            let waits = waits(12) { $0 % 2 == 0 }
            let ends = try launch(
                site, [Array(waits[..<6]), Array(waits[6...])], policy: .abortAtom
            ) { $0.id == 5 }
            try site.rest()
            try site.expect(ends.events.sorted(), is: Array(7...12))
        }
    }
}
