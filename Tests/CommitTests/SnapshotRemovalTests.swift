// How files of snapshots that nobody needs any more go: in pieces, between which others may have
// the disk.
import Foundation
import PortalsCore
import Testing

@testable import Portals

@Suite("removal of snapshots")
struct SnapshotRemovalTests {
    private static let piece = SnapshotStore<FileStorage>.removedBytesMax

    /// A whole snapshot of so many bytes of state.
    private func snapshot(_ number: UInt64, byteCount: Int) -> Snapshot {
        let sections = stride(from: 0, to: byteCount, by: 1 << 20).map { _ in
            [UInt8](repeating: 7, count: 1 << 20)
        }
        return Snapshot(
            number: number, base: 0, position: JournalPosition(rawValue: 0), time: 0, layout: "",
            cut: EngineCut(
                elements: [],
                nodes: [
                    NodeCut(
                        place: NodePlace(element: 0, partition: 0, node: 0), fingerprints: [],
                        head: [0], sections: sections)
                ]))
    }

    @Test("the third snapshot removes the first, piece by piece, when it has its own name")
    func pieces() throws {
        let directory = TestDirectory()
        let storage = try FileStorage(path: directory.path)
        let store = SnapshotStore(storage, epoch: JournalEpoch(rawValue: 1))
        var names: [String] = []
        var sizes: [Int] = []
        for turn in 0..<4 {
            let before = try storage.names()
            let number = store.next.number
            store.giveUp()
            try store.begin(snapshot(number, byteCount: 10 << 20)) { _, _ in }
            var isNamed = false
            while try store.step() {
                let now = try storage.names()
                isNamed = isNamed || now.contains(SnapshotLayout.name(number))
                guard turn > 1, let first = before.first, now.contains(first) else { continue }
                sizes.append(try storage.open(first, for: .reading).size())
                #expect(isNamed || sizes.last.map { $0 > 10 << 20 } == true)
            }
            names.append(SnapshotLayout.name(number))
        }
        // Two are left; of each that went, no step took more than a piece.
        #expect(try storage.names().filter { names.contains($0) } == names.suffix(2))
        #expect(zip(sizes, sizes.dropFirst()).allSatisfy { $0 - $1 <= Self.piece })
        let shortened = sizes.filter { $0 < 10 << 20 }
        #expect(shortened.count == 4 && shortened[0] == shortened[2])
    }

    @Test("what a crash left of a file that was being removed goes with the next snapshot")
    func crash() throws {
        let directory = TestDirectory()
        let storage = try FileStorage(path: directory.path)
        let store = SnapshotStore(storage, epoch: JournalEpoch(rawValue: 1))
        func take(_ store: SnapshotStore<FileStorage>, steps: Int = .max) throws {
            store.giveUp()
            try store.begin(snapshot(store.next.number, byteCount: 10 << 20)) { _, _ in }
            for _ in 0..<steps where try !store.step() { return }
        }
        try take(store)
        try take(store)
        let first = try #require(try storage.names().first)
        // Its sections in pieces, its name, and a piece of the first: killed there.
        var steps = 0
        store.giveUp()
        try store.begin(snapshot(store.next.number, byteCount: 10 << 20)) { _, _ in }
        while try storage.open(first, for: .reading).size() > 10 << 20 {
            steps += 1
            #expect(try store.step() && steps < 100)
        }
        let next = SnapshotStore(storage, epoch: JournalEpoch(rawValue: 1))
        let (newest, refused) = try next.newest()
        #expect(try #require(newest).cut.nodes[0].sections.count == 10 && refused.isEmpty)
        try take(next)
        #expect(try !storage.names().contains(first))
        #expect(try storage.names().count == 2)
    }
}
