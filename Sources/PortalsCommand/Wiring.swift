// Where the harness is given the instruments of the platform.
import Foundation
import Harness
import Platform

enum Wiring {
    private static let topology = try? Topology.read()

    static let instruments = TrialInstruments(
        allocationCount: { AllocatorStatistics.read()?.allocationCount },
        coreRoundTripNanoseconds: { topology.flatMap { CoreRoundTrip.measure($0) } })

    /// A launcher of trials; `programs` are those that a run names beside this one.
    static func launcher(programs: [String: String]) -> ProcessLauncher {
        ProcessLauncher(programs: programs, environmentForChild: environment)
    }

    private static let environment: @Sendable (TrialConfiguration) throws -> [String: String] = {
        configuration in
        let allocator: Platform.Allocator =
            configuration.allocator == .jemalloc ? .jemalloc : .system
        guard
            let environment = allocator.childEnvironment(
                from: ProcessInfo.processInfo.environment)
        else {
            throw TrialFault(
                "the allocator \(allocator) can't be chosen here: libjemalloc or libc was not found"
            )
        }
        return environment
    }
}
