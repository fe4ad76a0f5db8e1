// The engine against the reference model, on random applications.
import Foundation
import Portals
import RandomApplications
import Testing

@Suite("Oracle")
struct OracleTests {
    func difference(_ d: SystemDescription, _ seed: UInt64) -> String? {
            let b = BuiltSystem(d)
            var o = EngineOptions()
            o.workers = d.partitions
            o.recordsOrder = true
            let site = SteppedSite(o, seed: seed % 3 == 0 ? nil : seed)
            do { try site.engine.launch(b.applications) } catch { return "\(error)" }
            var steps = 0
            while site.step() { steps += 1; if steps > 1_000_000 { return "took for ever" } }
            if !site.engine.isAtRest { return "took a rest, lost message" }
            do { return try b.record(d, site.engine).difference(d) } catch { return "\(error)" }
    }
    @Test("probe")
    func probe() throws {
        var bad = 0
        var kinds: [String: Int] = [:]
        let env = ProcessInfo.processInfo.environment
        let only = env["SEED"].flatMap { UInt64($0) }
        for seed in only.map({ $0..<$0 + 1 }) ?? 0..<(UInt64(env["SEEDS"] ?? "") ?? 300) as Range<UInt64> {
            var limits = GeneratorLimits()
            if env["NOABORT"] != nil { limits.policies = [.deadLetter] }
            if env["NOATOM"] != nil { limits.endsAtoms = false }
            if env["NOSTREAM"] != nil { limits.endsStreams = false }
            if env["NOPORTAL"] != nil { limits.hasPortals = false }
            let d = SystemDescription.random(seed: seed, limits: limits)
            guard let text = difference(d, seed) else { continue }
            bad += 1
            let k = kind(d, text)
            kinds[k, default: 0] += 1
            print("seed \(seed): \(k) \(text.prefix(150))")
            if only != nil || kinds[k]! <= Int(env["EACH"] ?? "1")! {
                let s = d.shrunk(trialsMax: 1500) { guard let t = difference($0, seed) else { return false }; return kind($0, t) == k }
                print("---- \(k) seed \(seed)\n\(s)\n>>>> \(difference(s, seed) ?? "-")")
            }
        }
        print("bad \(bad) \(kinds)")
    }
    func kind(_ d: SystemDescription, _ text: String) -> String {
        var k = ""
        for m in ["launched", "lost message", "for ever", "never took", "not there", "but before", "dead letters", "same events", "replies without", "dropped"] where text.contains(m) { k = m; break }
        if k == "" { k = text.contains("atoms, not") ? "atoms" : "other" }
        if d.workflows.contains(where: { $0.policy != .deadLetter }) { k += " ABORT" }
        if !d.workflows.contains(where: { !$0.tasks.filter { $0.task.askedPortals.count > 0 }.isEmpty }) { k += " noasks" }
        return k
    }
}
