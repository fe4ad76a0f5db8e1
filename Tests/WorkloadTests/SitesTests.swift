import KeyedCount
import Portals
import Testing

@Suite("Workloads on threads")
struct WorkloadsOnSitesTests {
    @Test("keyed count", arguments: [1, 2])
    func keyedCount(workers: Int) throws {
        let definition = KeyedCount.Definition(events: 1_000_000)
        let results = KeyedCount.Results(definition)
        let site = try Site(.threads(workers))
        try site.launch(definition.application(results))
        try site.awaitRest()
        #expect(Oracle(definition).check(results.answer) == nil)
    }
}
