// What one cut was copied to is where the next one is copied.
import Portals
import Testing

@testable import PortalsCore

@Suite("reuse of sections")
struct SectionReuseTests {
    /// A site whose state is some 5 MiB.
    private func site() throws -> SteppedSite {
        var options = EngineOptions()
        options.commit = .asynchronous
        options.recordCapacity = 1 << 20
        let site = SteppedSite(options)
        let atoms = (0..<300 as Range<UInt64>).map { atom in
            (0..<1_000).map { atom * 1_000 + $0 }
        }
        try site.launch(
            Application("m") { app in
                app.workflow("w")
                    .source(app.generator("g", atoms: atoms))
                    .key { $0 }
                    .task("count", state: 7, emits: Never.self) { _, count, _ in count += 1 }
            })
        // Without a writer the end of the stream waits for ever.
        while site.step() {}
        return site
    }

    private func cut(_ site: SteppedSite, number: UInt64) throws -> EngineCut {
        try #require(site.engine.beginCut(number: number, isFull: true))
        while !site.engine.isCutCopied { _ = site.step() }
        return site.engine.takeCut()
    }

    private func addresses(_ cut: EngineCut) -> [UInt] {
        cut.nodes.flatMap(\.sections).map {
            $0.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        }
    }

    /// Gives the sections back as whoever has written them does; returns where they lie.
    private func giveBack(_ cut: consuming EngineCut, _ site: SteppedSite) -> Set<UInt> {
        let places = addresses(cut)
        for index in cut.nodes.indices {
            while let section = cut.nodes[index].sections.popLast() {
                site.engine.reuse(section, of: cut.nodes[index].place)
            }
        }
        return Set(places)
    }

    @Test("a cut goes to the memory of the one before it, and holds the same")
    func reuse() throws {
        let site = try site()
        let (old, contents) = try {
            let first = try cut(site, number: 1)
            // Copies: what is given back is nobody else's.
            let contents = first.nodes.map { $0.sections.map { $0.map { $0 } } }
            return (giveBack(first, site), contents)
        }()
        #expect(old.count >= 5)
        let second = try cut(site, number: 2)
        let isSame = second.nodes.map(\.sections) == contents
        #expect(isSame)
        #expect(Set(addresses(second)) == old)
    }

    @Test("what the next cut does not need is freed")
    func unneeded() throws {
        let site = try site()
        _ = giveBack(try cut(site, number: 1), site)
        let pool = site.engine.workers[0].cutPool
        for _ in 0..<3 { pool.give([1]) }
        _ = try cut(site, number: 2)
        #expect(pool.take()?.count == nil)
        pool.give([1])
        #expect(pool.take() == [1])
    }

    @Test("bytes are the same whatever lies in the buffer that they are written to")
    func bytes() {
        let values: [UInt64] = (0..<100).map { $0 &* 0x9E37_79B9_7F4A_7C15 }
        for count in [0, 1, 63, 64, 799, 800, 801, 5_000] {
            var reused = StateBytes(reusing: [UInt8](repeating: 0xFF, count: count))
            var fresh = StateBytes()
            for value in values {
                reused.append(value)
                fresh.append(value)
            }
            #expect(reused.count == 800)
            #expect(reused.bytes == fresh.bytes)
            #expect(reused.take() == fresh.take())
            #expect(reused.count == 0 && fresh.bytes.isEmpty)
        }
    }
}
