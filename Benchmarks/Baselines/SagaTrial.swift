// Portals running orders as sagas, or each as an atom, with the figures that only these have.
import Harness
import Platform
import Portals
import Report
import SagaWorkload

extension PortalsSystem {
    func sagas(
        _ configuration: TrialConfiguration, _ probe: TrialProbe
    ) throws -> TrialMeasurement {
        var definition = try SagaWorkload.Definition(configuration)
        let isEndless = definition.orders == .max
        let clock = NanosecondClock.calibrated()
        let results = SagaWorkload.Results(definition, clock: { clock.nanoseconds() })
        let site = try Site(.configured(Self.options(configuration)))
        let path = SagaWorkload.Definition.ordersPath
        var before = Tally()
        var after = Tally()
        var compensations = LatencyPercentiles()
        var samples: UInt64 = 0
        let window = try measure(
            configuration, probe, site,
            definition.application(results, atomsPerSecond: configuration.atomsPerSecond),
            source: path, atomsInAll: isEndless ? nil : definition.atoms
        ) {
            before = results.tally
            results.resetTimes()
        } onStop: {
            after = results.tally
            var merged = PortalsCore.LatencyHistogram(memory: .heap)
            results.addCompensations(to: &merged)
            samples = merged.count
            compensations.nanosecondsP50 = merged.value(atPercentile: 50)
            compensations.nanosecondsP99 = merged.value(atPercentile: 99)
        }
        if isEndless {
            definition.orders = site.engine.admittedAtoms(of: path) * definition.atomSize
        }
        let answer = results.answer(aborted: site.engine.abortedAtoms(of: path))
        var measurement = finish(
            probe, events: isEndless ? window.atoms * definition.atomSize : definition.orders,
            window, SagaWorkload.Oracle(definition).check(answer), site)
        // Of atoms, the oracle has seen that each found what was committed before it.
        var figures = SagaFigures(
            committed: after.committed - before.committed,
            dirtyReads: after.dirtyReads - before.dirtyReads)
        figures.compensation = compensations
        figures.compensationSamples = samples
        measurement.sagas = figures
        return measurement
    }
}
