// What runs in a trial: a fixed program of some size, or random applications.
import Portals
import RandomApplications

/// The applications of a trial.
public enum FaultProgram: Sendable, CustomStringConvertible {
    case fixed(FixedProgram, atoms: Int)
    /// `seed` is the one that it was drawn from, for printing.
    case random(SystemDescription, seed: UInt64)

    static func random(_ numbers: inout Draw) -> FaultProgram {
        if numbers.chance(25) {
            let seed = UInt64(numbers.below(1 << 20))
            return .random(.random(seed: seed), seed: seed)
        }
        return .fixed(numbers.pick(FixedProgram.allCases), atoms: 3 + numbers.below(38))
    }

    /// Partitions that its meaning rests on; nil if any number does.
    var partitions: Int? {
        if case .random(let description, _) = self { return description.partitions }
        return nil
    }

    /// A snapshot can hold its states; bodies of random tasks refer to their programs.
    var takesSnapshots: Bool {
        if case .fixed = self { return true }
        return false
    }

    /// The applications, anew for each life, and what remains to be checked when they are at rest.
    func build(
        _ watch: any SinkWatch
    ) -> (applications: [Application], check: (Engine) -> String?) {
        switch self {
        case .fixed(let program, let atoms): return (program.build(atoms, watch), { _ in nil })
        case .random(let description, _):
            let system = BuiltSystem(description, watch: watch)
            return (
                system.applications,
                { engine in
                    do throws(ReferenceFault) {
                        return try system.record(description, engine).difference(description)
                    } catch {
                        return error.description
                    }
                }
            )
        }
    }

    var smaller: [FaultProgram] {
        switch self {
        case .fixed(let program, let atoms):
            return [atoms / 2, atoms - 1].filter { $0 > 0 && $0 < atoms }
                .map { .fixed(program, atoms: $0) }
        case .random(let description, let seed):
            return description.smallerDescriptions.map { .random($0, seed: seed) }
        }
    }

    public var description: String {
        switch self {
        case .fixed(let program, let atoms): "\(program) of \(atoms) atoms"
        case .random(let description, let seed): "random applications of \(seed):\n\(description)"
        }
    }
}
