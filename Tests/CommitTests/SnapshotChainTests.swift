// How a snapshot that says the changes to another is put over it.
import PortalsCore
import Testing

@testable import Portals

@Suite("chains of snapshots")
struct SnapshotChainTests {
    private typealias Unit = (number: UInt32, value: UInt8)

    /// A snapshot of one node, whose units are a byte each.
    private func snapshot(groups: UInt64, _ units: [Unit]) -> Snapshot {
        var bytes = StateBytes()
        for unit in units {
            bytes.append(unit.number)
            bytes.append(UInt32(1))
            bytes.append(unit.value)
        }
        let node = NodeCut(
            place: NodePlace(element: 0, partition: 0, node: 0), fingerprints: [], head: [groups],
            sections: [bytes.bytes])
        return Snapshot(
            number: 2, base: 1, position: JournalPosition(rawValue: 0), time: 0, layout: "",
            cut: EngineCut(elements: [], nodes: [node]))
    }

    private func units(_ snapshot: Snapshot) throws -> [UInt32: UInt8] {
        var found: [UInt32: UInt8] = [:]
        for section in snapshot.cut.nodes[0].sections {
            try StateBytes.Reader.forEachUnit(section) { (unit, bytes) throws(RecordError) in
                let isFirst = found.updateValue(try bytes.read(UInt8.self), forKey: UInt32(unit))
                #expect(isFirst == nil, "unit \(unit) comes twice")
            }
        }
        return found
    }

    @Test("units that are said anew replace those of the base; the others stay")
    func changes() throws {
        let base = snapshot(groups: 3, [(0, 10), (1, 11), (2, 12), (3, 13)])
        for marks in 0..<16 as Range<UInt32> {
            let changed = (0..<4 as Range<UInt32>).filter { marks >> $0 & 1 == 1 }
            let whole = try snapshot(groups: 3, changed.map { ($0, 20 + UInt8($0)) }).over(base)
            #expect(whole.base == 0)
            #expect(
                try units(whole)
                    == Dictionary(
                        uniqueKeysWithValues: (0..<4 as Range<UInt32>).map {
                            ($0, (changed.contains($0) ? 20 : 10) + UInt8($0))
                        }))
        }
    }

    @Test("a table that was laid out anew leaves nothing of the base")
    func grown() throws {
        let base = snapshot(groups: 1, [(0, 10), (1, 11)])
        #expect(try units(snapshot(groups: 2, [(0, 20), (2, 22)]).over(base)) == [0: 20, 2: 22])
    }

    @Test("a unit that the table does not have is refused, however large its number")
    func unknownUnits() {
        let base = snapshot(groups: 1, [(0, 10)])
        for number in [2, .max] as [UInt32] {
            #expect {
                try snapshot(groups: 1, [(number, 1)]).over(base)
            } throws: {
                "\($0)" == "a unit \(number) of a table of 1 groups"
            }
        }
    }
}
