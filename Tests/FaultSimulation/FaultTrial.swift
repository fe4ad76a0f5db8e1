// Runs a trial: life after life of a site over one disk, and compares what the outside saw with a
// run without crashes.
import Portals
import RandomApplications

/// What a trial found wrong.
public struct Finding: Error, CustomStringConvertible {
    /// What to branch on: shrinking keeps to it, or it ends at another fault than it began with.
    public enum Kind: Sendable {
        case contradiction, otherOutputs, otherThanModel, timeGoesBack, notAtRest, notFollowed
        case unexpectedError, errorNotReported, damageNotReported, fence
    }
    public var kind: Kind
    var text: String

    public var description: String { text }
}

/// One trial on its way.
///
/// The oracle: the outside saw what one worker without a journal shows that follows the order which
/// the last life ended with; no place twice with different events; times never go back; and random
/// applications did what the reference model says.
public final class FaultTrial {
    private let plan: FaultPlan
    private let disk: SimulatedDisk
    private let world = OutsideWorld()
    private var storage: SimulatedStorage
    /// A bound of steps for one life: what is not at rest then never will be.
    private static let stepsMax = 400_000

    private init(_ plan: FaultPlan) {
        self.plan = plan
        disk = SimulatedDisk(seed: UInt64(plan.segmentPages))
        storage = disk.storage()
    }

    /// What is wrong after the trial; nil if nothing is.
    public static func failure(of plan: FaultPlan) -> Finding? {
        let trial = FaultTrial(plan)
        do {
            for (number, life) in plan.lives.enumerated() { try trial.live(life, number) }
            return nil
        } catch let finding as Finding {
            return finding
        } catch {
            return Finding(kind: .unexpectedError, text: "\(error)")
        }
    }

    // MARK: A life

    /// A site that runs.
    private struct Running {
        let site: SimulatedSite
        let journal: SegmentJournal<SimulatedStorage>
        let check: (Engine) -> String?
    }

    private func live(_ life: FaultPlan.Life, _ number: Int) throws {
        world.begin()
        let firstSynchronization = disk.synchronizationCount
        prepareFaults(life.end)
        var running: Running?
        var failure: (any Error)?
        do {
            let started = try start(life, on: storage)
            running = started
            try run(started.site, life)
            if case .closed = life.end { try started.journal.close() }
        } catch let finding as Finding {
            throw Finding(kind: finding.kind, text: "life \(number): \(finding.text)")
        } catch {
            failure = error
        }
        try expect(failure, life.end, number, since: firstSynchronization)
        if case .rest = life.end {
            guard let running else {
                preconditionFailure("the last life ended without an error, and did not start")
            }
            return try compare(running)
        }
        try end(life, running)
        try firstFault(number)
        running = nil
        if life.flips > 0 { try flipBits(life, number) }
    }

    private func firstFault(_ number: Int) throws {
        if let fault = world.faults.first {
            throw Finding(kind: .contradiction, text: "life \(number): \(fault)")
        }
    }

    private func prepareFaults(_ end: FaultPlan.End) {
        var faults = StorageFaults()
        switch end {
        case .powerAt(let operation, _):
            faults.powerFailsAtOperation = disk.operationCount + operation
        case .failedSynchronization(let number, _):
            faults.failingSynchronizations = [disk.synchronizationCount + number]
        case .full(let bytes, _): faults.capacityBytes = disk.usedBytes + bytes
        case .rest, .kill, .power, .takenOver, .closed: break
        }
        disk.faults = faults
    }

    private func open(_ storage: SimulatedStorage) throws -> SegmentJournal<SimulatedStorage> {
        var options = JournalOptions()
        options.segmentBytes = plan.segmentPages * SimulatedDisk.pageBytes
        options.salt = 99
        let journal = try SegmentJournal(
            opening: storage, application: JournalApplication(name: "faults"), options: options)
        return journal
    }

    private func start(_ life: FaultPlan.Life, on storage: SimulatedStorage) throws -> Running {
        let journal = try open(storage)
        try journal.fence()
        let (applications, check) = plan.program.build(world)
        var options = options
        options.workers = life.workers
        options.ringCapacity = life.ringCapacity
        options.recordCapacity = life.recordCapacity
        options.commit = .durable
        let site = try SimulatedSite(
            options, seed: life.seed, journal: journal, blockByteCountMax: life.blockBytes,
            applications: applications)
        site.synchronizeTurns = life.synchronizeTurns
        return Running(site: site, journal: journal, check: check)
    }

    private var options: EngineOptions {
        var options = EngineOptions()
        options.partitions = plan.program.partitions ?? plan.partitions
        options.sourceWindow = plan.sourceWindow
        options.recordsOrder = true
        return options
    }

    private func run(_ site: SimulatedSite, _ life: FaultPlan.Life) throws {
        var clock = Numbers(life.seed ^ 0xC10C)
        for _ in 0..<min(life.steps, Self.stepsMax) {
            if life.jumpsPercent > 0 && clock.chance(life.jumpsPercent) {
                site.advance(by: clock.next() >> UInt64(64 - life.jumpBits))
            }
            if try !site.step() {
                if site.engine.isAtRest { return }
                throw Finding(kind: .notAtRest, text: "all are idle, but the system is not at rest")
            }
        }
        if life.steps > Self.stepsMax {
            throw Finding(kind: .notAtRest, text: "\(Self.stepsMax) steps, and no rest")
        }
    }

    /// Throws where an error, or none, is not what the end of a life gives.
    private func expect(
        _ error: (any Error)?, _ end: FaultPlan.End, _ number: Int, since first: Int
    ) throws {
        guard let error else {
            if case .failedSynchronization(let failing, _) = end,
                disk.synchronizationCount >= first + failing
            {
                throw Finding(
                    kind: .errorNotReported,
                    text: "life \(number): the disk could not synchronize, and the site went on")
            }
            return
        }
        let storage: StorageError? =
            switch error as? JournalError {
            case .storage(let error), .failed(let error): error
            default: nil
            }
        switch (end, storage?.code) {
        case (.powerAt, .closed) where !disk.hasPower: return
        case (.failedSynchronization, .device), (.full, .diskFull): return
        default: throw Finding(kind: .unexpectedError, text: "life \(number): \(error)")
        }
    }

    private func end(_ life: FaultPlan.Life, _ running: Running?) throws {
        switch life.end {
        case .rest: break
        case .kill: storage = disk.kill()
        case .power(let seed), .powerAt(_, let seed), .closed(let seed):
            storage = disk.crash(seed: seed)
        case .failedSynchronization(_, let power), .full(_, let power):
            storage = power.map { disk.crash(seed: $0) } ?? disk.kill()
        case .takenOver(let steps):
            try takeOver(running, steps)
            storage = disk.kill()
        }
        disk.faults = StorageFaults()
    }

    /// Another process fences the journal, on a file system whose locks hold nobody off.
    private func takeOver(_ running: Running?, _ steps: Int) throws {
        disk.faults.ignoresLocks = true
        let other = try open(disk.storage())
        try other.fence()
        guard let site = running?.site else { return }
        let end = other.end
        do {
            for _ in 0..<steps where try !site.step() { break }
        } catch JournalError.fenced {
        } catch {
            throw Finding(
                kind: .fence, text: "the one that was fenced off failed otherwise: \(error)")
        }
        guard end == other.end else {
            throw Finding(kind: .fence, text: "the end of the journal moved")
        }
    }

    // MARK: Flipped bits

    /// Turns single bits of the journal over: a changed block must be refused with its place, and
    /// nothing may ever be read that was not written.
    private func flipBits(_ life: FaultPlan.Life, _ number: Int) throws {
        var numbers = Numbers(life.seed ^ 0xF11B)
        var blocks: [(start: UInt64, count: Int)] = []
        let journal = try open(storage)
        // Its mark says of all before it that it was durable.
        try journal.fence()
        let written = try payloads(journal) { position, payload in
            blocks.append((position.rawValue, 64 + payload.count))
        }
        storage = disk.kill()
        let names = try storage.names().filter { $0.hasPrefix("journal-") }
        let size = plan.segmentPages * SimulatedDisk.pageBytes
        for _ in 0..<life.flips {
            let block = blocks.isEmpty ? nil : blocks[numbers.below(blocks.count)]
            let inBlock = block != nil && numbers.chance(70)
            let place =
                inBlock
                ? Int(block!.start) + numbers.below(block!.count)
                : numbers.below(names.count * size)
            let name = names[place / size]
            let bit = place % size * 8 + numbers.below(8)
            disk.flipBit(bit, in: name)
            storage = disk.kill()
            var refusal: JournalError?
            do {
                let read = try payloads(try open(storage)) { _, _ in }
                if read != written {
                    throw Finding(
                        kind: .damageNotReported,
                        text: "after life \(number), bit \(bit) of \(name) turned over: other data "
                            + "was read than was written")
                }
            } catch let error as JournalError {
                refusal = error
            }
            disk.flipBit(bit, in: name)
            storage = disk.kill()
            if inBlock && refusal == nil {
                throw Finding(
                    kind: .damageNotReported,
                    text: "after life \(number), bit \(bit) of \(name), in a durable block, turned "
                        + "over: not noticed")
            }
            if case .damaged(let damage)? = refusal {
                let isNamed = names.contains(damage.file) && "\(damage)".contains(damage.file)
                if isNamed { continue }
            } else if refusal == nil {
                continue
            }
            throw Finding(
                kind: .damageNotReported,
                text: "a changed bit of \(name) is reported as: \(refusal!)")
        }
    }

    private func payloads(
        _ journal: SegmentJournal<SimulatedStorage>,
        _ note: (JournalPosition, [UInt8]) -> Void
    ) throws -> [[UInt8]] {
        var all: [[UInt8]] = []
        try journal.read(from: journal.start) { payload, position, _ in
            let bytes = (0..<payload.byteCount).map {
                payload.unsafeLoad(fromByteOffset: $0, as: UInt8.self)
            }
            note(position, bytes)
            all.append(bytes)
            return .goOn
        }
        return all
    }

    // MARK: The oracle

    private func compare(_ running: Running) throws {
        try firstFault(plan.lives.count - 1)
        let order = running.site.engine.recordedOrder
        for (element, steps) in order.steps.enumerated() {
            var last: UInt64 = 0
            for step in steps where step.kind == .source || step.kind == .timer {
                if step.time < last {
                    throw Finding(
                        kind: .timeGoesBack,
                        text: "element \(element): a step at \(step.time) after one at \(last)")
                }
                last = step.time
            }
        }
        let calm = try runCalm(order)
        if let text = world.difference(calm) {
            throw Finding(kind: .otherOutputs, text: text)
        }
        if let text = running.check(running.site.engine) {
            throw Finding(kind: .otherThanModel, text: text)
        }
    }

    /// The same steps on one worker, without a journal.
    private func runCalm(_ order: RecordedOrder) throws -> OutsideWorld {
        let calm = OutsideWorld()
        calm.begin()
        let site = SteppedSite(options)
        try site.engine.launch(plan.program.build(calm).applications)
        try site.engine.follow(order)
        func rest() throws {
            for _ in 0..<Self.stepsMax where !site.step() { return }
            throw Finding(kind: .notFollowed, text: "a run in the recorded order does not end")
        }
        try rest()
        let left = site.engine.unfollowedSteps
        if left > 0 {
            throw Finding(
                kind: .notFollowed,
                text: "a run without crashes can't take \(left) of the recorded steps")
        }
        _ = site.engine.endFollowing()
        try rest()
        if !site.engine.isAtRest {
            throw Finding(
                kind: .notFollowed,
                text: "a run without crashes does not rest after the recorded steps")
        }
        return calm
    }
}
