// From a trial to the definition of its workload: the one place that reads the trial's axes and
// parameters for it. Those of the Portals authors' matrix are in AuthorsDefinitions.swift.
import Harness
import IntegerFilter
import KeyedCount
import MLServing
import PortalPingPong
import SagaWorkload
import ShoppingCart

extension TrialConfiguration {
    /// The events that it says how many they are; nil where its length is a time.
    var events: UInt64? {
        if case .events(let count) = length { count } else { nil }
    }

    /// The same trial of so many events.
    func sized(_ events: UInt64) -> TrialConfiguration {
        var sized = self
        sized.length = .events(events)
        return sized
    }

    /// Events of a source atom as the workload makes them.
    var eventsPerAtom: UInt64 { workload == "durable-echo" ? 1 : UInt64(atomSize) }

    /// Operations a second of an echo; where it names no rate one in 2 ms, so that the one before
    /// has been shown, which takes two synchronizations of 0.1 to 0.5 ms.
    var echoesPerSecond: Double { ratePerSecond ?? 500 }

    /// Atoms a second that enter; nil where they do as fast as they are taken. Part of what was
    /// launched, so a repetition has it too, though it does not wait.
    var atomsPerSecond: Double? {
        switch workload {
        case "durable-echo": echoesPerSecond
        // Both ignore the axis.
        case "recovery", "portal-ping-pong": nil
        default: ratePerSecond.map { $0 / Double(atomSize) }
        }
    }

    /// A parameter of the workload as an integer of the type that its definition wants.
    ///
    /// - Errors: a `TrialFault` if there is none, or the type does not hold it: a journal's trial
    ///   is a file, which anyone may have changed.
    func integer<Value: FixedWidthInteger>(_ name: String) throws(TrialFault) -> Value {
        let value = try integerParameter(name)
        guard let fitting = Value(exactly: value) else {
            throw TrialFault("parameter '\(name)' of \(workload) is \(value), out of its range")
        }
        return fitting
    }
}

extension KeyedCount.Definition {
    /// The run that a trial asks for; endless where its length is a time, and of a recovery, which
    /// runs until it is killed.
    init(_ configuration: TrialConfiguration) throws(TrialFault) {
        let events = configuration.workload == "recovery" ? nil : configuration.events
        self.init(events: events ?? .max, seed: configuration.seed)
        // An echo is an atom of its own, and has no parameters.
        if configuration.workload == "durable-echo" {
            atomSize = 1
        } else {
            atomSize = UInt64(configuration.atomSize)
            keys = try configuration.integer("keys")
        }
    }
}

extension IntegerFilter.Definition {
    /// The run that a trial asks for, of no more events than there are integers; where its length
    /// is a time, of so many as a pilot takes.
    init(_ configuration: TrialConfiguration) throws(TrialFault) {
        self.init(
            events: min(configuration.events ?? 1 << 26, 1 << 32),
            atomSize: UInt64(configuration.atomSize),
            predicate: try configuration.parameter("predicate") == "half"
                ? .scatteredHalf : .multiplesOf2To20)
    }
}

extension PortalPingPong.Definition {
    /// The run that a trial asks for; the published one where its length is a time.
    init(_ configuration: TrialConfiguration) throws(TrialFault) {
        self.init(outstanding: try configuration.integer("outstanding"))
        if let events = configuration.events { roundTrips = events }
    }
}

extension ShoppingCart.Definition {
    /// The run that a trial asks for; endless where its length is a time.
    init(_ configuration: TrialConfiguration) throws(TrialFault) {
        let events = configuration.events ?? .max
        self.init(
            mode: try configuration.parameter("mode") == "faithful" ? .faithful : .conserving,
            operations: events, restocks: events, atomSize: UInt64(configuration.atomSize),
            seed: configuration.seed)
    }
}

extension SagaWorkload.Definition {
    /// The run that a trial asks for; endless where its length is a time.
    init(_ configuration: TrialConfiguration) throws(TrialFault) {
        let isolation = try configuration.parameter("isolation")
        let position = try configuration.parameter("failure-position")
        self.init(
            isolation: isolation == "atomic" ? .atomic : .saga,
            orders: configuration.events ?? .max,
            steps: try configuration.integer("steps"),
            failurePercent: try configuration.integer("failure"),
            failurePosition: position == "first" ? .first : position == "last" ? .last : .any,
            items: try configuration.integer("items"),
            skewHundredths: try configuration.integer("skew"),
            concurrency: try configuration.integer("concurrency"),
            atomSize: UInt64(configuration.atomSize), seed: configuration.seed)
        if let fault = faults.first { throw TrialFault(fault) }
    }
}

extension MLServing.Definition {
    /// In a run of a number of events, requests from one version to the next where one a second is
    /// asked for; about what the larger network serves in a second.
    static let requestsPerVersion: UInt64 = 1_000_000

    /// The run that a trial asks for; endless where its length is a time.
    ///
    /// The versions of a run by time come by time; those of a run of a number of requests by their
    /// number, so that it is the same run wherever it is.
    init(_ configuration: TrialConfiguration) throws(TrialFault) {
        let swaps: UInt64 = try configuration.integer("swaps")
        let isLarge = try configuration.parameter("network") == "crayfish"
        self.init(
            network: isLarge ? .crayfish : .digits, images: isLarge ? .generated : .handwritten,
            requests: configuration.events ?? .max, atomSize: UInt64(configuration.atomSize),
            trainingAtoms: 0, seed: configuration.seed)
        if let events = configuration.events {
            let versions = (events + Self.requestsPerVersion - 1) / Self.requestsPerVersion
            trainingAtoms = swaps * versions * Self.atomsPerVersion
        } else if swaps > 0 {
            trainingAtoms = .max
            versionsPerSecond = Double(swaps)
        }
        if let fault = faults.first { throw TrialFault(fault) }
    }
}
