// Runs an application to its end on the engine: stepped, simulated, or on threads.
import Foundation
import Portals
import Testing

/// Who drives the engine, and how it is laid out.
struct EngineRun: Sendable, CustomStringConvertible {
    enum Driver: Sendable { case stepped, crowded, simulated(seed: UInt64), threads }

    var driver: Driver
    var partitions: Int

    var description: String { "\(driver) on \(partitions)" }

    /// Every driver that needs no thread, on 1, 2 and 4 partitions. `PORTALS_SEEDS` sets how many
    /// schedules each number of partitions is simulated under.
    static let withoutThreads: [EngineRun] = {
        let asked = ProcessInfo.processInfo.environment["PORTALS_SEEDS"].flatMap { UInt64($0) }
        return [1, 2, 4].flatMap { partitions in
            [
                EngineRun(driver: .stepped, partitions: partitions),
                EngineRun(driver: .crowded, partitions: partitions),
            ]
                + (0..<(asked ?? 8)).map {
                    EngineRun(driver: .simulated(seed: $0), partitions: partitions)
                }
        }
    }()

    /// Threads, as many as there are partitions.
    static let onThreads = [1, 2, 4].map { EngineRun(driver: .threads, partitions: $0) }

    /// Runs the application until nothing is left to do.
    ///
    /// - Returns: the engine, which nobody drives any more.
    func run(_ application: Application) throws -> Engine {
        var options = EngineOptions()
        options.workers = partitions
        options.recordsOrder = true
        var seed: UInt64?
        switch driver {
        case .stepped: break
        case .crowded:
            options.workers = 1
            options.partitions = partitions
        case .simulated(let number):
            seed = number
            options.ringCapacity = [1, 2, 8, 64][Int(number % 4)]
            options.sourceWindow = 1 + Int(number / 4 % 5)
        case .threads:
            var site = SiteOptions(workers: partitions)
            site.engine = options
            return try onThreads(application, site)
        }
        let site = SteppedSite(options, seed: seed)
        try site.launch(application)
        #expect(site.run(stepsMax: 50_000_000), "\(self): does not come to rest")
        return site.engine
    }

    private func onThreads(_ application: Application, _ options: SiteOptions) throws -> Engine {
        let site = try Site(.configured(options))
        try site.launch(application)
        try site.awaitRest(timeoutSeconds: 60)
        // The site ends with this function, and its threads with it.
        return site.engine
    }
}
