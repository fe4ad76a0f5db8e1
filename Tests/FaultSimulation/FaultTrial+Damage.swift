// Turns bits of a journal over between two lives of a trial: nothing wrong may be read from it.
import Portals
import RandomApplications

extension FaultTrial {
    /// Turns single bits of the journal over: a changed block must be refused with its place, and
    /// nothing may ever be read that was not written.
    func flipBits(_ life: FaultPlan.Life, _ number: Int) throws {
        var numbers = Draw(seed: life.seed ^ 0xF11B)
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
            var name = names[numbers.below(names.count)]
            var place = numbers.below(size)
            if let block, inBlock {
                let position = Int(block.start) + numbers.below(block.count)
                // Segments before the first were given up.
                let first = Int(journal.start.rawValue) / size
                name = names[position / size - first]
                place = position % size
            }
            let bit = place * 8 + numbers.below(8)
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
                coverage.refusedFlips += 1
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

    /// Turns single bits of the newest snapshot over: a site must start from what it has besides.
    func flipSnapshotBits(_ life: FaultPlan.Life, _ number: Int) throws {
        guard let name = try newestSnapshotName(), !spoiledSnapshots.contains(name) else { return }
        var numbers = Draw(seed: life.seed ^ 0x5A4B)
        var options = options
        options.commit = .durable
        let size = try storage.open(name, for: .reading).size()
        for _ in 0..<life.flips {
            let bit = numbers.below(size * 8)
            disk.flipBit(bit, in: name)
            storage = disk.kill()
            let site = try SimulatedSite(
                options, seed: nil, journal: try open(storage), snapshotsIn: storage,
                applications: plan.program.build(world.run()).applications)
            disk.flipBit(bit, in: name)
            storage = disk.kill()
            guard site.refusedSnapshots.contains(where: { $0.contains(name) }) else {
                throw Finding(
                    kind: .damageNotReported,
                    text: "after life \(number), bit \(bit) of \(name) turned over: refused were "
                        + "\(site.refusedSnapshots)")
            }
            coverage.refusedFlips += 1
        }
    }

    /// Turns a bit of the newest snapshot over for good: the site goes on from the one before, or
    /// from the beginning.
    func spoilSnapshot(_ life: FaultPlan.Life) throws {
        guard let name = try newestSnapshotName() else { return }
        if !spoiledSnapshots.insert(name).inserted { return }
        var numbers = Draw(seed: life.seed ^ 0x5B01)
        disk.flipBit(numbers.below(try storage.open(name, for: .reading).size() * 8), in: name)
        storage = disk.kill()
        coverage.spoiledSnapshots += 1
    }

    private func newestSnapshotName() throws -> String? {
        try storage.names().filter { $0.hasPrefix("snapshot-") && $0.hasSuffix(".snapshot") }.max()
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
}
