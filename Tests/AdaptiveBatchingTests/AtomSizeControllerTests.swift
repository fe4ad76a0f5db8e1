// The controller of the size of atoms against service times that a test makes up.
import AdaptiveBatching
import Testing

@Suite struct AtomSizeControllerTests {
    @Test("it starts with the smallest size and doubles while atoms take less than half")
    func doubles() {
        var controller = AtomSizeController(objectiveNanoseconds: 100, sizes: 2...100)
        #expect(controller.limit == 2)
        controller.atomCompleted(eventCount: 2, limit: 2, nanoseconds: 50)
        #expect(controller.limit == 4)
        controller.atomCompleted(eventCount: 4, limit: 4, nanoseconds: 51)
        #expect(controller.limit == 5)
    }
}
