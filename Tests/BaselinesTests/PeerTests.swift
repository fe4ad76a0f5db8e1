// External peers: the protocol line by line, a peer of a few lines of shell that is right, wrong,
// dead or silent, and those that are installed here.
import Foundation
import Harness
import KeyedCount
import Report
import Testing

@testable import Baselines

@Suite struct PeerReportTests {
    private func report(_ lines: [String]) throws(TrialFault) -> PeerReport {
        var report = PeerReport()
        for line in lines { _ = try report.take(line) }
        return report
    }

    @Test("a whole report gives window, latencies and answer, whatever the peer says besides")
    func whole() throws {
        let report = try report([
            "WARNING: of a virtual machine", "peer protocol 1", "peer warmed 100 0.5",
            "peer note two words", "peer start", "peer stop 1000 2000000", "peer latency 100 3",
            "peer latency 300 1", "peer value records 7", "peer values counts 0 1 2",
            "peer values counts 2 3", "peer list cart 5", "peer list cart 6 8 9", "peer end",
        ])
        #expect(report.stage == .ended)
        #expect(report.events == 1_000)
        #expect(report.nanoseconds == 2_000_000)
        #expect(report.warmUps == 1)
        #expect(report.notes == ["two words"])
        #expect(report.latencies.count == 4)
        #expect(report.latencies.nanoseconds(atQuantile: 0.5) == 100)
        #expect(try report.value("records") == 7)
        #expect(try report.values("counts") == [1, 2, 3])
        #expect(report.lists("cart") == [5: [], 6: [8, 9]])
    }

    @Test("only the lines that open and close the window ask for the meters")
    func window() throws {
        var report = PeerReport()
        let lines = [
            ("peer protocol 1", false), ("peer start", true), ("peer stop 1 1", true),
            ("peer end", false),
        ]
        for (line, isEdge) in lines { #expect(try report.take(line) == isEdge) }
    }

    static let wrong: [(before: [String], line: String, fault: String)] = [
        ([], "peer", "it names nothing"), ([], "peer start", "while the peer is silent"),
        ([], "peer protocol 2", "speaks protocol 2"), ([], "peer protocol", "expected 1 numbers"),
        (["peer protocol 1"], "peer protocol 1", "while the peer is ready"),
        (["peer protocol 1"], "peer warmed 1", "expected events and seconds"),
        (["peer protocol 1"], "peer stop 1 1", "while the peer is ready"),
        (["peer protocol 1"], "peer dance", "not of the protocol"),
        (["peer protocol 1", "peer start"], "peer stop 10", "expected 2 numbers"),
        (["peer protocol 1", "peer start"], "peer stop 0 10", "the window is empty"),
        (["peer protocol 1", "peer start"], "peer stop 10 -1", "expected 2 numbers"),
        (["peer protocol 1", "peer start"], "peer value a 1", "while the peer is measuring"),
        (answering, "peer value a", "expected one number"),
        (answering, "peer value", "names no value"),
        (answering + ["peer value a 1"], "peer value a 1", "was there before"),
        (answering, "peer values a 1 5", "from index 0 on"),
        (answering, "peer values a 0 5x", "without a sign"),
        (answering + ["peer list a 1 5"], "peer list a 1 5", "was there before"),
        (answering, "peer latency 5", "expected 2 numbers"),
        (answering + ["peer end"], "peer end", "while the peer is ended"),
    ]
    private static let answering = ["peer protocol 1", "peer start", "peer stop 5 5"]

    @Test("a line that is torn, unknown or out of turn is a fault that quotes it", arguments: wrong)
    func faults(before: [String], line: String, fault: String) throws {
        var report = try report(before)
        let error = #expect(throws: TrialFault.self) { try report.take(line) }
        #expect(error?.description.contains(fault) == true, "\(String(describing: error))")
    }

    @Test("an answer without one of its parts names the part")
    func missingPart() throws {
        let report = try report(Self.answering + ["peer value records 5", "peer end"])
        var configuration = TrialConfiguration(workload: "keyed-count", system: "fake")
        configuration.parameters["keys"] = "2"
        let error = #expect(throws: TrialFault.self) {
            try PeerAnswers.fault(of: report, configuration)
        }
        #expect(error?.description == "gave no value 'sum-of-counts'")
    }
}

@Suite struct FakePeerTests {
    private let root = NSTemporaryDirectory() + "portals-peers-\(UUID().uuidString)"
    private let probe = TrialProbe(
        instruments: TrialInstruments(
            allocationCount: { nil }, coreRoundTripNanoseconds: { nil }))

    private func install(_ script: String) throws -> PeerSystem {
        let folder = root + "/fake"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        try ("#!/bin/sh\n" + script).write(
            toFile: folder + "/text", atomically: true, encoding: .utf8)
        // By a process of its own: what this one writes, a child that another test starts just then
        // has open for writing too, and the kernel runs no such file.
        let copier = try Process.run(
            URL(filePath: "/usr/bin/install"), arguments: ["text", "run"].map { "\(folder)/\($0)" })
        copier.waitUntilExit()
        try #require(copier.terminationStatus == 0)
        try "4.2\n".write(toFile: folder + "/version", atomically: true, encoding: .utf8)
        return system
    }

    private var system: PeerSystem {
        PeerSystem(
            name: "fake", summary: "a script",
            installation: PeerInstallation(name: "fake", root: root),
            support: ["keyed-count": PeerSystem.Support(workersMax: 2)],
            reasons: ["shopping-cart": "the fake has no cycle"])
    }

    private func configuration(_ workload: String = "keyed-count") -> TrialConfiguration {
        var configuration = TrialConfiguration(workload: workload, system: "fake")
        configuration.parameters["keys"] = "3"
        configuration.length = .events(1_000)
        configuration.seed = 5
        return configuration
    }

    /// A script with a window of 0.2 s that gives these answers; it lives on for as long, because
    /// nobody can read the memory of a process that has ended.
    private func script(nanoseconds: Int, counts: [UInt64], sum: UInt64) -> String {
        """
        echo "peer protocol 1"
        echo "peer start"
        sleep 0.2
        echo "peer stop 1000 \(nanoseconds)"
        sleep 0.2
        echo "peer value records 1000"
        echo "peer value sum-of-counts \(sum)"
        echo "peer values counts 0 \(counts.map(String.init).joined(separator: " "))"
        echo "peer end"
        """
    }

    private func remove() { try? FileManager.default.removeItem(atPath: root) }

    @Test("a right answer is verified, with the peer's window, processor time and version")
    func right() throws {
        defer { remove() }
        let expected = KeyedCount.Oracle(try KeyedCount.Definition(configuration())).expected()
        let system = try install(
            script(
                nanoseconds: 200_000_000, counts: expected.counts, sum: expected.sumOfCounts))
        #expect(system.version == "4.2")
        #expect(system.refusal(configuration()) == nil)
        let measurement = try system.run(configuration(), probe: probe)
        #expect(measurement.verified == .verified)
        #expect(measurement.events == 1_000)
        #expect(measurement.seconds == 0.2)
        #expect(measurement.cpuSeconds != nil)
        #expect(measurement.peakRSSBytes ?? 0 > 0)
    }

    @Test("a wrong answer is wrong by the peer's name")
    func wrong() throws {
        defer { remove() }
        let system = try install(script(nanoseconds: 200_000_000, counts: [1, 2, 997], sum: 4))
        let verified = try system.run(configuration(), probe: probe).verified
        guard case .wrong(let what) = verified else {
            Issue.record("it was \(verified)")
            return
        }
        #expect(what.hasPrefix("fake: key 0 was counted 1 times"))
    }

    @Test("a window that our clock did not see is refused")
    func impossibleWindow() throws {
        defer { remove() }
        let system = try install(script(nanoseconds: 5_000_000, counts: [1], sum: 1))
        let error = #expect(throws: TrialFault.self) {
            try system.run(configuration(), probe: probe)
        }
        #expect(error?.description.contains("told of a window of 0.005 s") == true)
    }

    @Test("a peer that dies is reported by name with its last words and how it ended")
    func crash() throws {
        defer { remove() }
        let system = try install("echo 'peer protocol 1'\necho 'no memory left' >&2\nexit 3\n")
        let error = #expect(throws: TrialFault.self) {
            try system.run(configuration(), probe: probe)
        }
        let text = try #require(error?.description)
        #expect(text.hasPrefix("fake: ended with exit status 3 before its answer was complete"))
        #expect(text.contains("no memory left"))
    }

    @Test("a line without its end is told as torn")
    func torn() throws {
        defer { remove() }
        let system = try install("printf 'peer protocol 1\\npeer sta'\n")
        let error = #expect(throws: TrialFault.self) {
            try system.run(configuration(), probe: probe)
        }
        #expect(error?.description.contains("in the middle of 'peer sta'") == true)
    }

    @Test("a peer that hangs is ended, with nothing of it left")
    func hang() throws {
        defer { remove() }
        _ = try install("echo $$ > \(root)/pid\necho 'peer protocol 1'\nexec sleep 1000\n")
        let trial = PeerTrial(
            name: "fake", program: root + "/fake/run", arguments: [], keepsAllocator: false,
            silenceSecondsMax: 0.5)
        let error = #expect(throws: TrialFault.self) { try trial.run() }
        let text = try #require(error?.description)
        #expect(text.hasPrefix("fake: hangs: nothing said for"))
        #expect(text.hasSuffix("its last words: peer protocol 1"))
        let identifier = try String(contentsOfFile: root + "/pid", encoding: .utf8)
        let name = identifier.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(!FileManager.default.fileExists(atPath: "/proc/\(name)"))
    }

    @Test("what is not installed, or cannot be expressed, is refused with the cure")
    func refusals() throws {
        defer { remove() }
        #expect(system.version == "not installed")
        #expect(
            system.refusal(configuration())?
                .hasSuffix("is not installed in \(root)/fake: scripts/baselines install fake")
                == true)
        let system = try install("exit 1")
        #expect(system.refusal(configuration()) == nil)
        #expect(system.refusal(configuration("shopping-cart")) == "the fake has no cycle")
        #expect(system.refusal(configuration("saga")) == "fake has no program for saga")
        var durable = configuration()
        durable.journal = .durable
        #expect(
            system.refusal(durable)
                == "fake has no journal 'durable' for keyed-count: give --journal none")
        var crowded = configuration()
        crowded.workers = 3
        #expect(system.refusal(crowded) == "fake runs keyed-count on at most 2 workers")
        var paced = configuration()
        paced.ratePerSecond = 5
        #expect(system.refusal(paced)?.contains("leave --rate away") == true)
    }

    @Test("the folder of peers is the one that the environment names, else the user's cache")
    func folders() {
        #expect(
            PeerInstallation.defaultRoot(["PORTALS_BASELINES": "/a", "HOME": "/h"]) == "/a")
        #expect(
            PeerInstallation.defaultRoot(["XDG_CACHE_HOME": "/c", "HOME": "/h"])
                == "/c/portals-baselines")
        #expect(
            PeerInstallation.defaultRoot(["HOME": "/h"]) == "/h/.cache/portals-baselines")
    }
}

/// Serialized: each takes both cores.
@Suite(.serialized) struct InstalledPeerTests {
    static let cases: [(system: String, workload: String)] = PeerSystem.all.flatMap { system in
        system.installation.refusal == nil
            ? system.support.keys.sorted().map { (system.name, $0) } : []
    }

    @Test(
        "an installed peer gives the right answer to what it can do",
        .enabled(
            if: !InstalledPeerTests.cases.isEmpty,
            "no peer is installed: scripts/baselines install all"),
        arguments: cases)
    func answers(system name: String, workload: String) throws {
        let system = try #require(PeerSystem.all.first { $0.name == name })
        let known = try #require(registry.workload(workload))
        var configuration = TrialConfiguration(workload: workload, system: name)
        for axis in known.parameters { configuration.parameters[axis.name] = axis.defaultValue }
        configuration.parameters["keys"] = "100"
        configuration.length = .events(20_000)
        configuration.warmUpSeconds = 0
        configuration.workers = min(2, system.support[workload]?.workersMax ?? 1)
        configuration.atomSize = 100
        #expect(system.refusal(configuration) == nil)
        let measurement = try system.run(
            configuration,
            probe: TrialProbe(
                instruments: TrialInstruments(
                    allocationCount: { nil }, coreRoundTripNanoseconds: { nil })))
        #expect(measurement.verified == .verified)
        #expect(measurement.events == 20_000)
    }
}
