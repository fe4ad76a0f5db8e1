// Sets of processors and the kernel's list form of them.
import Platform
import Testing

@Suite struct ProcessorSetTests {
    @Test(
        "a list is read and written alike",
        arguments: ["", "0", "0-3", "0,2,4", "0-3,8-11", "63-64", "1,127-129,8191"])
    func roundTrip(list: String) throws {
        #expect(try #require(ProcessorSet(list: list)).description == list)
    }

    @Test(
        "what is no list is refused",
        arguments: ["-", "a", "3-1", "1-", "-1", "1,,2", "0-8192", "1-2-3", "0 1", ","])
    func refusal(list: String) {
        #expect(ProcessorSet(list: list) == nil)
    }

    @Test("a list in no order is the same set")
    func order() {
        #expect(ProcessorSet(list: "8,0-1,2") == ProcessorSet(list: "0-2,8"))
    }

    @Test("membership, count and intersection agree with sets of numbers")
    func algebra() {
        let first = [0, 1, 63, 64, 200]
        let second = [1, 64, 65, 300]
        let a = ProcessorSet(first.map(ProcessorID.init))
        let b = ProcessorSet(second.map(ProcessorID.init))
        let both = a.intersection(b)
        for number in 0..<400 {
            #expect(a.contains(ProcessorID(number)) == first.contains(number))
            #expect(
                both.contains(ProcessorID(number))
                    == (first.contains(number) && second.contains(number)))
        }
        #expect(a.count == 5)
        #expect(both.processors == [ProcessorID(1), ProcessorID(64)])
        #expect(a.intersection(ProcessorSet(list: "7")!) == ProcessorSet())
    }
}
