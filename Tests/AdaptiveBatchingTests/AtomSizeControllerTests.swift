// The controller of the size of atoms against service times that a test makes up.
import AdaptiveBatching
import Testing

/// What an atom of so many events takes, nanoseconds.
private struct Service {
    var fixed: Int
    var perEvent: Int

    func nanoseconds(_ count: Int) -> UInt64 { UInt64(fixed + perEvent * count) }

    /// The largest size that keeps an objective, within bounds.
    func best(_ objective: Int, in sizes: ClosedRange<Int>) -> Int {
        let largest =
            perEvent == 0 ? (fixed <= objective ? Int.max : 0) : (objective - fixed) / perEvent
        return min(max(largest, sizes.lowerBound), sizes.upperBound)
    }
}

extension AtomSizeController {
    /// Completes atoms that are filled to the limit, one after the other.
    fileprivate mutating func complete(_ atoms: Int, _ service: Service) {
        for _ in 0..<atoms {
            atomCompleted(
                eventCount: limit, limit: limit, nanoseconds: service.nanoseconds(limit))
        }
    }
}

@Suite struct AtomSizeControllerTests {
    @Test("near the objective it grows by the increment, and a miss takes a tenth back")
    func clipper() {
        var controller = AtomSizeController(
            objectiveNanoseconds: 900, sizes: 2...1_000, increment: 3)
        #expect(controller.limit == 2)
        controller.atomCompleted(eventCount: 2, limit: 2, nanoseconds: 450)
        #expect(controller.limit == 5)
        controller.atomCompleted(eventCount: 5, limit: 5, nanoseconds: 450)
        #expect(controller.limit == 10)
        for _ in 0..<5 {
            controller.atomCompleted(
                eventCount: controller.limit, limit: controller.limit, nanoseconds: 400)
        }
        #expect(controller.limit == 320)
        controller.atomCompleted(eventCount: 320, limit: 320, nanoseconds: 800)
        #expect(controller.limit == 360)
        controller.atomCompleted(eventCount: 360, limit: 360, nanoseconds: 801)
        #expect(controller.limit == 363)
        controller.atomCompleted(eventCount: 363, limit: 363, nanoseconds: 900)
        #expect(controller.limit == 366)
        controller.atomCompleted(eventCount: 366, limit: 366, nanoseconds: 901)
        #expect(controller.limit == 329)
    }

    @Test("only atoms filled to the present limit argue for more; a miss counts once a limit")
    func evidence() {
        var controller = AtomSizeController(objectiveNanoseconds: 100, sizes: 8...1_000)
        controller.atomCompleted(eventCount: 7, limit: 8, nanoseconds: 1)
        #expect(controller.limit == 8)
        controller.atomCompleted(eventCount: 8, limit: 8, nanoseconds: 1)
        controller.atomCompleted(eventCount: 8, limit: 8, nanoseconds: 1)
        #expect(controller.limit == 16)
        controller.complete(3, Service(fixed: 1, perEvent: 0))
        #expect(controller.limit == 128)
        // Three were in flight under this limit; the stall that they met was long.
        for count in [128, 1, 128] {
            controller.atomCompleted(eventCount: count, limit: 128, nanoseconds: 1_000_000)
            #expect(controller.limit == 64)
        }
        controller.complete(1, Service(fixed: 1, perEvent: 0))
        #expect(controller.limit == 128)
    }

    @Test(
        "it comes to the largest size within the objective, from below and above, and stays there")
    func converges() {
        for fixed in [0, 1, 50, 400, 950, 1_000, 5_000] {
            for perEvent in [0, 1, 2, 3, 10, 333, 1_000, 2_000] {
                for sizes in [1...1, 1...4_096, 3...7, 40...60, 500...100_000] {
                    for scale in [1, 7] {
                        let objective = 1_000 * scale
                        check(Service(fixed: fixed, perEvent: perEvent), objective, sizes)
                    }
                }
            }
        }
    }

    private func check(_ service: Service, _ objective: Int, _ sizes: ClosedRange<Int>) {
        let best = service.best(objective, in: sizes)
        // Seventeen doublings, some eighths, and from where eight ninths are taken one by one.
        let near = service.best(objective - objective / 9, in: sizes)
        let patience = 60 + best - near + best / 8
        let above = min(best + 1, sizes.upperBound)
        let below = max(sizes.lowerBound, Int(Double(above) * 0.9))
        var controller = AtomSizeController(
            objectiveNanoseconds: UInt64(objective), sizes: sizes)
        for start in ["the smallest", "the largest", "the smallest after a slow phase"] {
            switch start {
            case "the largest": controller.complete(20, Service(fixed: 0, perEvent: 0))
            case "the smallest after a slow phase":
                controller.complete(60, Service(fixed: 10 * objective, perEvent: 0))
            default: break
            }
            // On the way it does not pass what is best by more than a step.
            var largest = start == "the largest" ? 0 : controller.limit
            for _ in 0..<patience {
                controller.complete(1, service)
                if start != "the largest" { largest = max(largest, controller.limit) }
            }
            #expect(largest <= above, "\(service), \(objective), \(sizes), from \(start)")
            var misses = 0
            var sum = 0
            for _ in 0..<1_000 {
                let limit = controller.limit
                #expect(
                    limit >= below && limit <= above,
                    "\(limit) for \(best) at \(service), \(objective), \(sizes), from \(start)")
                if service.nanoseconds(limit) > UInt64(objective) { misses += 1 }
                sum += limit
                controller.complete(1, service)
            }
            // Nothing keeps an objective that the smallest size does not.
            if service.nanoseconds(sizes.lowerBound) <= UInt64(objective) {
                let period = max(1, above - below)
                #expect(misses <= 1_000 / period + 1, "\(service), \(objective), \(sizes)")
            }
        }
    }
}
