// The description of a plan says what was laid out: workers, stages, exchanges, channels and rings.
import Portals
import Testing

@Suite("Plan description")
struct PlanDescriptionTests {
    /// A keyed workflow whose stream another one of one partition reads.
    private func described(workers: Int, ringCapacity: Int = 1_024) throws -> PlanDescription {
        var options = EngineOptions()
        options.workers = workers
        options.ringCapacity = ringCapacity
        let site = SteppedSite(options)
        try site.launch(
            Application("shop") { app in
                let sums = app.workflow("sums")
                    .source(app.generator("numbers", Integers(), count: 10, atomSize: 5))
                    .key { $0 }
                    .task("sum", state: UInt64(0)) { number, sum, task in
                        sum += number
                        task.emit(sum)
                    }
                    .stream()
                app.workflow("log", partitions: 1).source(sums).sink("lines")
            })
        return site.engine.planDescription
    }

    @Test("stages, inputs and channels of each element are told")
    func elements() throws {
        let plan = try described(workers: 2)
        #expect(plan.elements.map(\.path) == ["/shop/workflows/sums", "/shop/workflows/log"])
        let sums = plan.elements[0]
        #expect(sums.kind == "workflow")
        #expect(sums.workers == [0, 1])
        #expect(sums.stages == [["source", "key"], ["task 'sum'"]])
        #expect(
            sums.inputs == [
                "atoms of /shop/generators/numbers, made where they are used, 2 in all: stages 0, 1"
            ])
        #expect(
            sums.channels == [
                "its stream (what task 'sum' emits) to /shop/workflows/log (1 partition), "
                    + "1 of 2 pairs of partitions through rings",
                "by key to task 'sum' in stage 1, 2 of 4 pairs of partitions through rings",
            ])
        let log = plan.elements[1]
        #expect(log.workers == [0])
        #expect(log.stages == [["source", "sink 'lines'"]])
        #expect(log.inputs == ["the stream of /shop/workflows/sums (2 partitions): stage 0"])
        #expect(log.channels.isEmpty)
    }

    @Test("rings are one for each direction between two workers, a cache line a message")
    func rings() throws {
        let three = try described(workers: 3, ringCapacity: 256)
        #expect(three.ringCount == 6)
        #expect(three.messageByteCount == 64)
        #expect(three.ringByteCount == 6 * 256 * 64)
        #expect(three.description.contains("each 256 messages × 64 B = 16 KiB, in all 96 KiB"))
    }

    @Test("one worker needs no ring, and no key cuts its workflow")
    func oneWorker() throws {
        let one = try described(workers: 1)
        #expect(one.ringCount == 0)
        #expect(one.elements[0].stages == [["source", "key", "task 'sum'"]])
        #expect(
            one.elements[0].channels == [
                "its stream (what task 'sum' emits) to /shop/workflows/log (1 partition), "
                    + "0 of 1 pairs of partitions through rings"
            ])
    }
}
