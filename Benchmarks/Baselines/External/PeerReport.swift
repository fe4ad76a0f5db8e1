// What a peer's program says of a trial, read line by line: the protocol of
// `Benchmarks/Peers/README.md`.
import Harness
import Report

/// The lines of a peer so far: window, latencies, answer.
///
/// Lines that do not begin with `peer ` are the peer's own talk and are passed over. Everything
/// else must be of the protocol, in its order; a torn or unknown line is a fault, not a guess.
struct PeerReport {
    /// Where the peer is.
    enum Stage: Int, Comparable, Sendable {
        case silent, ready, measuring, answering, ended

        static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
    }

    /// The protocol that this parser reads.
    static let version: UInt64 = 1
    /// A line of this many bytes is no line of the protocol: the longest has 1,000 numbers.
    static let lineBytesMax = 64 << 10

    private(set) var stage = Stage.silent
    /// Events of the measured window, and its length by the peer's monotonic clock.
    private(set) var events: UInt64 = 0
    private(set) var nanoseconds: UInt64 = 0
    /// Rounds before the window.
    private(set) var warmUps = 0
    private(set) var latencies = LatencyHistogram()
    /// Remarks for the trial's log.
    private(set) var notes: [String] = []
    private var values: [String: UInt64] = [:]
    private var dense: [String: [UInt64]] = [:]
    private var lists: [String: [Int: [UInt64]]] = [:]

    /// Takes a line without its end.
    ///
    /// - Returns: whether the line opened or closed the window: the caller reads its meters.
    /// - Errors: a `TrialFault` that says what is wrong with the line.
    mutating func take(_ line: String) throws(TrialFault) -> Bool {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.first == "peer" else { return false }
        guard words.count >= 2 else { throw fault(line, "it names nothing") }
        let arguments = Array(words.dropFirst(2))
        switch words[1] {
        case "protocol":
            try expect(.silent, line)
            let number = try numbers(arguments, count: 1, line)[0]
            guard number == Self.version else {
                throw TrialFault(
                    "it speaks protocol \(number), this suite \(Self.version): install it again")
            }
            stage = .ready
        case "warmed":
            try expect(.ready, line)
            guard arguments.count == 2, UInt64(arguments[0]) != nil, Double(arguments[1]) != nil
            else { throw fault(line, "expected events and seconds") }
            warmUps += 1
        case "start":
            try expect(.ready, line)
            _ = try numbers(arguments, count: 0, line)
            stage = .measuring
            return true
        case "stop":
            try expect(.measuring, line)
            let both = try numbers(arguments, count: 2, line)
            guard both[0] > 0, both[1] > 0 else { throw fault(line, "the window is empty") }
            (events, nanoseconds) = (both[0], both[1])
            stage = .answering
            return true
        case "note": notes.append(arguments.joined(separator: " "))
        case "latency", "value", "values", "list":
            try expect(.answering, line)
            try takeAnswer(words[1], arguments, line)
        case "end":
            try expect(.answering, line)
            stage = .ended
        default: throw fault(line, "it is not of the protocol")
        }
        return false
    }

    private mutating func takeAnswer(
        _ kind: String, _ arguments: [String], _ line: String
    ) throws(TrialFault) {
        if kind == "latency" {
            let both = try numbers(arguments, count: 2, line)
            latencies.record(nanoseconds: both[0], times: both[1])
            return
        }
        guard let name = arguments.first, !name.isEmpty else {
            throw fault(line, "it names no value")
        }
        let rest = try numbers(Array(arguments.dropFirst()), count: nil, line)
        switch kind {
        case "value":
            guard rest.count == 1 else { throw fault(line, "expected one number") }
            guard values.updateValue(rest[0], forKey: name) == nil else {
                throw fault(line, "'\(name)' was there before")
            }
        case "values":
            let known = dense[name, default: []].count
            guard let first = rest.first, first == UInt64(known) else {
                throw fault(line, "expected the values from index \(known) on")
            }
            dense[name, default: []] += rest.dropFirst()
        default:
            guard let first = rest.first, let index = Int(exactly: first) else {
                throw fault(line, "expected an index")
            }
            let old = lists[name, default: [:]].updateValue(Array(rest.dropFirst()), forKey: index)
            guard old == nil else { throw fault(line, "list \(index) was there before") }
        }
    }

    private func expect(_ wanted: Stage, _ line: String) throws(TrialFault) {
        guard stage == wanted else { throw fault(line, "it comes while the peer is \(stage)") }
    }

    /// Numbers of any count, or of just `count`.
    private func numbers(
        _ words: [String], count: Int?, _ line: String
    ) throws(TrialFault) -> [UInt64] {
        let numbers = words.compactMap { UInt64($0) }
        guard numbers.count == words.count, count == nil || numbers.count == count else {
            throw fault(
                line, count.map { "expected \($0) numbers" } ?? "expected numbers without a sign")
        }
        return numbers
    }

    private func fault(_ line: String, _ what: String) -> TrialFault {
        TrialFault("said '\(line.prefix(80))': \(what)")
    }

    // MARK: The answer

    /// A single value.
    func value(_ name: String) throws(TrialFault) -> UInt64 {
        guard let value = values[name] else { throw TrialFault("gave no value '\(name)'") }
        return value
    }

    /// Values by index; the oracle looks at their number.
    func values(_ name: String) throws(TrialFault) -> [UInt64] {
        guard let values = dense[name] else { throw TrialFault("gave no values '\(name)'") }
        return values
    }

    /// Lists by index; those that are empty may be missing.
    func lists(_ name: String) -> [Int: [UInt64]] { lists[name] ?? [:] }
}
