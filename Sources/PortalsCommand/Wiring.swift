// Where the harness is given the instruments of the platform.
import Foundation
import Harness
import Platform

enum Wiring {
    private static let topology = try? Topology.read()

    static let instruments = {
        var instruments = TrialInstruments(
            allocationCount: { AllocatorStatistics.read()?.allocationCount },
            coreRoundTripNanoseconds: { topology.flatMap { CoreRoundTrip.measure($0) } })
        instruments.allocationClasses = {
            AllocatorProfile.sizeClasses()?.map {
                AllocationClass(byteCount: $0.byteCount, count: $0.count)
            }
        }
        instruments.beginHeapProfile = { AllocatorProfile.begin() }
        instruments.endHeapProfile = { path in
            if !AllocatorProfile.end(path: path) {
                Exit.say("note: this jemalloc was built without its profiler")
            }
        }
        return instruments
    }()

    /// A launcher of trials; `programs` are those that a run names beside this one.
    static func launcher(programs: [String: String]) -> ProcessLauncher {
        ProcessLauncher(programs: programs, environmentForChild: childEnvironment)
    }

    /// The environment of a trial's process: that of this one, with the allocator of the trial.
    @Sendable static func childEnvironment(
        _ configuration: TrialConfiguration
    ) throws -> [String: String] {
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
