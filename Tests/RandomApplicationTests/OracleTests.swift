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
            if !site.run(stepsMax: 1_000_000) { return "no rest" }
            do { return try b.record(d, site.engine).difference(d) } catch { return "\(error)" }
    }
    @Test("probe")
    func probe() throws {
        var bad = 0
        let env = ProcessInfo.processInfo.environment
        let only = env["SEED"].flatMap { UInt64($0) }
        for seed in only.map({ $0..<$0 + 1 }) ?? 0..<(UInt64(env["SEEDS"] ?? "") ?? 300) as Range<UInt64> {
            let d = SystemDescription.random(seed: seed)
            if let text = difference(d, seed) {
                bad += 1
                print("seed \(seed): \(text.prefix(300))")
                if only != nil || env["SHRINK"] != nil {
                    let kind = text.contains("took") || text.contains("requests") 
                    let s = d.shrunk { guard let t = difference($0, seed) else { return false }; return (t.contains("took")) == text.contains("took") && t.contains("error") == text.contains("error") && !t.contains("/workflows/x") }
                    print(s); print(difference(s, seed) ?? "-", kind)
                }
            }
        }
        print("bad \(bad)")
    }
}
