// What a saga does beyond the small world: pivots, compensations that give up, twins, portals.
import Portals
import Sagas
import Testing

@Suite struct SagaBehaviourTests {
    struct Ask: Event {
        var call: SagaCall
        var data: Int
    }

    /// Runs sagas over one service that answers by a closure; the outcomes.
    private func run(
        _ atoms: [[Int]], identifiedBy identity: @escaping @Sendable (Int) -> Key = { Key($0) },
        answer: @escaping @Sendable (Ask) -> SagaVerdict,
        _ steps: (Portal<Ask, UInt8>) -> [SagaStep<Int>]
    ) throws -> [SagaOutcome<Int>] {
        let outcomes = Collector<SagaOutcome<Int>>()
        let site = SteppedSite()
        try site.launch(
            Application("a") { app in
                let portal = app.portal("p", asking: Ask.self, replying: UInt8.self)
                app.workflow("service").requestsOnly()
                    .task("t", state: 0, emits: Never.self, replies: portal) { _, _, _ in
                    } onRequest: { ask, _, task in
                        task.reply(answer(ask).rawValue)
                    }
                app.workflow("w").source(app.generator("g", atoms: atoms))
                    .saga(Saga("s", identifiedBy: identity, steps: steps(portal)))
                    .sink("out", outcomes)
            })
        site.run()
        return outcomes.events
    }

    private func step(
        _ name: String, _ portal: Portal<Ask, UInt8>, retries: RetryPolicy = .once,
        compensationRetries: RetryPolicy = .untilDone
    ) -> SagaStep<Int> {
        SagaStep(name, asks: portal, retries: retries, compensationRetries: compensationRetries) {
            data, call in
            Ask(call: call, data: data)
        } onReply: { reply, data in
            data += 100
            return SagaVerdict(rawValue: reply)!
        } compensation: { data, call in
            Ask(call: call, data: data)
        }
    }

    private func step(
        _ name: String, _ portal: Portal<Ask, UInt8>, retries: RetryPolicy = .once,
        without compensation: SagaCompensation
    ) -> SagaStep<Int> {
        SagaStep(name, asks: portal, compensation: compensation, retries: retries) {
            data, call in
            Ask(call: call, data: data)
        } onReply: { reply, _ in
            SagaVerdict(rawValue: reply)!
        }
    }

    @Test("behind a step that can't be undone, a saga goes on until it is committed")
    func pivot() throws {
        let outcomes = try run([[1]]) { ask in
            ask.call.step == 2 && ask.call.attempt < 5 ? .failed : .done
        } _: { portal in
            [
                step("a", portal), step("b", portal, without: .impossible),
                step("c", portal, retries: .untilDone, without: .nothingToUndo),
            ]
        }
        #expect(outcomes.map(\.ending) == [.committed])
        #expect(outcomes.map(\.retries) == [4])
        // The pauses of 1, 2, 4 and 8 ms have passed in recorded time.
        #expect(outcomes[0].endedAt - outcomes[0].begunAt == 15_000_000)
    }

    @Test("a step that can't be undone may itself fail")
    func pivotFails() throws {
        let outcomes = try run([[1]]) { ask in
            ask.call.step == 1 ? .failed : .done
        } _: { portal in
            [step("a", portal), step("b", portal, without: .impossible)]
        }
        #expect(outcomes.map(\.ending) == [.compensated(failedStep: 1)])
    }

    @Test("a compensation with an end to its attempts may leave a saga stuck, and says where")
    func stuck() throws {
        let outcomes = try run([[1]]) { ask in
            ask.call.step == 2 || (ask.call.isCompensation && ask.call.step == 0) ? .failed : .done
        } _: { portal in
            (0..<3).map { step("\($0)", portal, compensationRetries: .attempts(3)) }
        }
        #expect(outcomes.map(\.ending) == [.stuck(failedStep: 2, undoing: 0)])
        #expect(outcomes.map(\.retries) == [2])
        // Five replies forward and back before it, three of the attempts: what it has learned.
        #expect(outcomes.map(\.data) == [1 + 100 * 7])
    }

    @Test("a saga of an identity that runs is refused, and one after its end runs")
    func twins() throws {
        let outcomes = try run([[1, 1, 2]], identifiedBy: { Key($0) }) { _ in
            .done
        } _: { portal in
            [step("a", portal)]
        }
        #expect(outcomes.filter { $0.ending == .committed }.map(\.saga).sorted() == [1, 2])
        #expect(outcomes.filter { $0.ending == .alreadyRunning }.map(\.saga) == [1])
        #expect(outcomes.count == 3)
    }

    @Test("who asks for a saga through a portal gets its outcome, which is put out as well")
    func portal() throws {
        let outcomes = Collector<SagaOutcome<Int>>()
        let replies = Collector<Int>()
        let site = SteppedSite()
        try site.launch(
            Application("a") { app in
                let service = app.portal("service", asking: Ask.self, replying: UInt8.self)
                app.workflow("service").requestsOnly()
                    .task("t", state: 0, emits: Never.self, replies: service) { _, _, _ in
                    } onRequest: { ask, _, task in
                        // The step of odd data fails, once it was tried again.
                        let isOdd = ask.data % 2 == 1 && ask.call.step == 1
                        task.reply((isOdd ? SagaVerdict.failed : .done).rawValue)
                    }
                let saga = Saga<Int>(
                    "s", identifiedBy: { Key($0 % 100) },
                    steps: [
                        step("a", service),
                        step("b", service, retries: .attempts(2, backoffNanoseconds: 5)),
                    ])
                let sagas = app.portal("sagas", of: saga)
                app.workflow("sagas").requestsOnly().saga(saga, replies: sagas)
                    .sink("outcomes", outcomes)
                app.workflow("asker").source(app.generator("g", atoms: [[1, 2], [3]]))
                    .key { Key($0) }
                    .task(
                        "asker", state: 0, emits: Int.self, asks: sagas, remembering: Int.self
                    ) { event, _, task in
                        task.ask(sagas, event, remembering: event)
                    } onReply: { outcome, event, _, task in
                        task.emit(outcome.ending == .committed ? event : -event)
                    }.sink("replies", replies)
            })
        site.run()
        #expect(replies.events.sorted() == [-3, -1, 2])
        #expect(outcomes.events.count == 3)
        #expect(site.engine.deadLetters.isEmpty)
    }
}
