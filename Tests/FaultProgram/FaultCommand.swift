// Runs the simulation with faults from the shell, also with a bug put in: what
// scripts/test-mutations calls.
import FaultSimulation
import Foundation
import Portals

/// Usage: see `usage`; status 1 when a seed fails.
@main
enum FaultCommand {
    static let usage = """
        usage: FaultCommand [--seeds FIRST COUNT] [--shrink] [--coverage] [--mutation NAME]
                            [--list-mutations]

          --seeds FIRST COUNT  the trials to run (0 500)
          --shrink             makes a failing trial smaller and prints it
          --coverage           fails if the trials hardly meet a case
          --mutation NAME      with that bug in, where it was built with PROTOCOL_MUTATIONS
          --list-mutations     prints the bugs
        It stops at the first seed that fails. Before each trial its seed goes to the error output.
        """

    static func main() {
        var first: UInt64 = 0
        var count: UInt64 = 500
        var shrinks = false
        var checksCoverage = false
        var arguments = CommandLine.arguments.dropFirst()
        while let argument = arguments.popFirst() {
            switch argument {
            case "--seeds":
                guard let start = arguments.popFirst().flatMap({ UInt64($0) }),
                    let trials = arguments.popFirst().flatMap({ UInt64($0) })
                else { refuse("--seeds takes the first seed and how many") }
                (first, count) = (start, trials)
            case "--shrink": shrinks = true
            case "--coverage": checksCoverage = true
            case "--list-mutations": return listMutations()
            case "--mutation":
                let name = arguments.popFirst() ?? ""
                if !putIn(name) { refuse("there is no mutation '\(name)' in this program") }
            case "--help": return print(usage)
            default: refuse("there is no option '\(argument)'")
            }
        }
        let start = Date()
        var coverage = FaultCoverage()
        for seed in first..<first + count {
            FileHandle.standardError.write(Data("seed \(seed)\n".utf8))
            let plan = FaultPlan.random(seed: seed)
            guard let finding = FaultTrial.failure(of: plan, &coverage) else {
                continue
            }
            print("kind: \(finding.kind)")
            print("seed \(seed): \(finding)")
            print("PORTALS_FAULT_SEED=\(seed) swift test --filter FaultTests")
            if shrinks {
                let smallest = plan.shrunk()
                print(
                    FaultTrial.failure(of: smallest)?.description ?? "", smallest, separator: "\n")
            }
            exit(1)
        }
        print("\(count) seeds, none fails; \(-start.timeIntervalSinceNow) s")
        print(coverage)
        let rare = coverage.counts.filter { $0.count < FaultCoverage.countMin }
        if checksCoverage && !rare.isEmpty {
            print("the trials hardly meet \(rare.map(\.name).joined(separator: ", "))")
            exit(1)
        }
    }

    static func refuse(_ text: String) -> Never {
        FileHandle.standardError.write(Data("\(text)\n\(usage)\n".utf8))
        exit(64)
    }

    static func listMutations() {
        #if PROTOCOL_MUTATIONS
        for mutation in ProtocolMutation.allCases { print(mutation.rawValue) }
        #endif
    }

    /// False if there is no such bug.
    static func putIn(_ name: String) -> Bool {
        #if PROTOCOL_MUTATIONS
        ProtocolMutation.active = ProtocolMutation(rawValue: name)
        return ProtocolMutation.active != nil
        #else
        return false
        #endif
    }
}
