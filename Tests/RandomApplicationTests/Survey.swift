import Foundation
import Portals
import RandomApplications
import Testing

@Suite struct Survey {
    @Test func survey() {
        guard let text = ProcessInfo.processInfo.environment["SURVEY"] else { return }
        let parts = text.split(separator: "-").map { UInt64($0)! }
        var shown = 0
        for seed in parts[0]..<parts[1] {
            let description = SystemDescription.random(seed: seed, limits: generatorLimits(seed))
            let text = RandomRun.difference(description) { try RandomRun.stepped($0, seed: seed) }
            guard let text else { continue }
            print("SEED \(seed): \(text.prefix(300))")
            shown += 1
            if shown <= 12 {
                print(RandomRun.report(seed, String(text.prefix(200)), suite: "x"))
            }
        }
    }
}
