// The program of Sources/Sagas/README.md, compiled and run, and held against what stands there.
import Portals
import ReadmeExample
import Sagas
import Testing

// What stands between the two lines is the README's program; a test compares them.
private enum Example {
    // begin
    struct Purchase: Event {
        var number: UInt64
        var item: UInt64
        var customer: UInt64
    }
    struct Take: Event { var item: UInt64, units: Int }
    struct Pay: Event { var customer: UInt64, cents: Int }

    static func run(_ print: (Key, SagaEnding) -> Void) throws {
        let outcomes = Collector<SagaOutcome<Purchase>>()
        let shop = Application("shop") { app in
            let stock = app.portal(
                "stock", asking: Take.self, replying: Bool.self, keyedBy: { $0.item })
            let payments = app.portal(
                "payments", asking: Pay.self, replying: Bool.self, keyedBy: { $0.customer })

            app.workflow("inventory").requestsOnly()
                .task("shelf", state: 2, emits: Never.self, replies: stock) { _, _, _ in
                } onRequest: { take, units, task in
                    let isThere = units >= take.units
                    if isThere { units -= take.units }
                    task.reply(isThere)
                }
            app.workflow("bank").requestsOnly()
                .task("account", state: 100, emits: Never.self, replies: payments) { _, _, _ in
                } onRequest: { pay, cents, task in
                    // Customer 8 has an account, and nothing on it.
                    let isThere = pay.customer != 8 && cents >= pay.cents
                    if isThere { cents -= pay.cents }
                    task.reply(isThere)
                }

            let buying = Saga<Purchase>("buying", identifiedBy: { $0.number }) {
                SagaStep("take", asks: stock) { purchase, _ in
                    Take(item: purchase.item, units: 1)
                } onReply: { isThere, _ in
                    isThere ? .done : .failed
                } compensation: { purchase, _ in
                    Take(item: purchase.item, units: -1)
                }
                SagaStep("pay", asks: payments) { purchase, _ in
                    Pay(customer: purchase.customer, cents: 30)
                } onReply: { isThere, _ in
                    isThere ? .done : .failed
                } compensation: { purchase, _ in
                    Pay(customer: purchase.customer, cents: -30)
                }
            }
            let purchases = [7, 8, 9].enumerated().map {
                [Purchase(number: UInt64($0.offset), item: 1, customer: $0.element)]
            }
            app.workflow("purchases").source(app.generator("purchases", atoms: purchases))
                .saga(buying)
                .sink("outcomes", outcomes)
        }
        let site = SteppedSite()
        try site.launch(shop)
        site.run()
        for outcome in outcomes.events.sorted(by: { $0.saga < $1.saga }) {
            print(outcome.saga, outcome.ending)
        }
    }
    // end
}

@Suite struct ReadmeTests {
    @Test("the README's program prints what the README says")
    func prints() throws {
        var lines: [String] = []
        try Example.run { saga, ending in lines.append("\(saga) \(ending)") }
        #expect(lines.joined(separator: "\n") == (try example().output))
    }

    @Test("the README's program is the one that is compiled here")
    func same() throws {
        #expect(try ReadmeExample.compiled(in: #filePath) == example().program)
    }

    private func example() throws -> ReadmeExample {
        try ReadmeExample("Sources/Sagas/README.md", test: #filePath)
    }
}
