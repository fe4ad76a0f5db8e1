// What is refused before anything runs, in words; and what a site does with a saga that is sound.
import Portals
import Sagas
import Testing

@Suite struct SagaFaultTests {
    /// An application with a saga made of the portal's steps; the faults of its launch.
    private func faults(
        _ name: String = "s", _ steps: (Portal<Int, Int>) -> [SagaStep<Int>]
    ) -> [String] {
        let site = SteppedSite()
        do throws(LaunchError) {
            try site.launch(
                Application("a") { app in
                    let portal = app.portal("p", asking: Int.self, replying: Int.self)
                    app.workflow("service").requestsOnly()
                        .task("t", state: 0, emits: Never.self, replies: portal) { _, _, _ in
                        } onRequest: { request, _, task in
                            task.reply(request)
                        }
                    app.workflow("w").source(app.generator("g", atoms: [[1]]))
                        .saga(Saga(name, identifiedBy: { Key($0) }, steps: steps(portal)))
                        .sink("out")
                })
            return []
        } catch { return error.faults }
    }

    private func step(
        _ name: String, _ portal: Portal<Int, Int>, retries: RetryPolicy = .once,
        timeoutNanoseconds: UInt64? = nil, _ compensation: SagaCompensation = .nothingToUndo
    ) -> SagaStep<Int> {
        SagaStep(
            name, asks: portal, compensation: compensation, retries: retries,
            timeoutNanoseconds: timeoutNanoseconds
        ) { data, _ in
            data
        } onReply: { _, _ in
            .done
        }
    }

    @Test("a sound saga is not refused")
    func sound() { #expect(faults { [step("a", $0), step("b", $0)] } == []) }

    @Test("a saga without steps is refused, with its workflow and its name")
    func empty() {
        #expect(
            faults { _ in [] } == [
                "/a/workflows/w: saga 's': it has no steps: give at least one"
            ])
    }

    @Test("two steps of one name are refused")
    func twice() {
        let found = faults { [step("a", $0), step("b", $0), step("a", $0)] }
        #expect(found == ["/a/workflows/w: saga 's': two steps are named 'a': rename one"])
    }

    @Test("sagas and steps without a name are refused, both at once")
    func unnamed() {
        let found = faults("") { [step("", $0)] }
        #expect(found.contains { $0.contains("step 0 has no name") })
        #expect(found.contains { $0.contains("a saga has no name") })
    }

    @Test("no attempts, endless ones without a pause, and pauses that shrink are refused")
    func policies() {
        let found = faults {
            [
                step("a", $0, retries: .attempts(0)),
                step("b", $0, retries: RetryPolicy(attemptsMax: nil)),
                SagaStep(
                    "c", asks: $0,
                    compensationRetries: .attempts(
                        2, backoffNanoseconds: 5, backoffNanosecondsMax: 4)
                ) { data, _ in
                    data
                } onReply: { _, _ in
                    .done
                } compensation: { data, _ in
                    data
                },
                step("d", $0, timeoutNanoseconds: 0),
            ]
        }
        #expect(found.count == 4)
        #expect(found.contains { $0.contains("step 'a' is called 0 times") })
        #expect(found.contains { $0.contains("step 'b' is retried until it is done, without") })
        #expect(found.contains { $0.contains("the compensation of step 'c' pauses 5 ns at first") })
        #expect(found.contains { $0.contains("step 'd' times out after 0 ns") })
    }

    @Test("a step that may fail after one that can't be undone is refused")
    func pivot() {
        #expect(
            faults { [step("a", $0, .impossible), step("b", $0)] }
                .contains { $0.contains("'a' can't be undone, but 'b' after it may fail") })
        #expect(
            faults { [step("a", $0, .impossible), step("b", $0, retries: .untilDone)] } == [])
        #expect(
            faults { [step("a", $0, timeoutNanoseconds: 5, .impossible)] }
                .contains { $0.contains("may time out with its effect unknown") })
    }

    @Test("a portal that nobody replies to is refused, as for any task")
    func noService() {
        let site = SteppedSite()
        do throws(LaunchError) {
            try site.launch(
                Application("a") { app in
                    let portal = app.portal("p", asking: Int.self, replying: Int.self)
                    app.workflow("w").source(app.generator("g", atoms: [[1]]))
                        .saga(Saga("s", identifiedBy: { Key($0) }, steps: [step("a", portal)]))
                        .sink("out")
                })
            Issue.record("the launch was not refused")
        } catch {
            #expect(error.faults.contains { $0.contains("/a/portals/p") })
        }
    }
}
