// What a ledger remembers, and for how long; how pauses between attempts grow.
import Portals
import Sagas
import Testing

@Suite struct SagaLedgerTests {
    private func call(
        _ saga: Key, _ step: UInt16 = 0, undo: Bool = false, at time: UInt64
    ) -> SagaCall {
        SagaCall(saga: saga, step: step, isCompensation: undo, askedAt: time)
    }

    @Test("a call in effect is not served again, nor is an undo of what is not in effect")
    func once() {
        var ledger = SagaLedger()
        #expect(ledger.needs(call(1, at: 0)))
        #expect(!ledger.needs(call(1, undo: true, at: 0)))
        ledger.note(call(1, at: 0))
        #expect(!ledger.needs(call(1, at: 5)))
        #expect(ledger.needs(call(1, 1, at: 5)))
        #expect(ledger.needs(call(2, at: 5)))
        #expect(ledger.needs(call(1, undo: true, at: 6)))
        ledger.note(call(1, undo: true, at: 6))
        #expect(!ledger.needs(call(1, undo: true, at: 7)))
        #expect(ledger.count == 0)
    }

    @Test("calls are forgotten when their window has passed, the oldest first")
    func window() {
        var ledger = SagaLedger(windowNanoseconds: 10)
        for saga in Key(0)..<5 { ledger.note(call(saga, at: saga)) }
        #expect(!ledger.needs(call(0, at: 10)))
        #expect(ledger.needs(call(0, at: 11)))
        ledger.note(call(9, at: 14))
        #expect(ledger.count == 2)
        #expect(!ledger.needs(call(4, at: 14)))
    }

    @Test("a ledger is stored and loaded")
    func stored() throws {
        var ledger = SagaLedger(windowNanoseconds: 10)
        for saga in Key(0)..<5 { ledger.note(call(saga, UInt16(saga), at: saga)) }
        var bytes = StateBytes()
        ledger.store(into: &bytes)
        var reader = StateBytes.Reader(bytes.bytes)
        #expect(try SagaLedger(from: &reader) == ledger)
        #expect(reader.count == 0)
    }
}
