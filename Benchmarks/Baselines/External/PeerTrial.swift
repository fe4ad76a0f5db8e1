// One trial of a peer: starts its program, reads what it says, checks its clock against ours.
import Foundation
import Glibc
import Harness
import Platform

/// Runs a peer's program once.
struct PeerTrial {
    let name: String
    let program: String
    let arguments: [String]
    let keepsAllocator: Bool
    /// Processes beside the program that work for it, such as the server that it asks.
    var servers: [pid_t] = []
    /// A peer that says nothing for so long hangs.
    let silenceSecondsMax: Double

    /// What the program said, and our meters of it.
    struct Outcome {
        var report = PeerReport()
        var cpuSeconds: Double?
        var peakRSSBytes: UInt64?
    }

    /// Our meters at an end of the window.
    private struct Reading {
        var clock: UInt64
        var processor: UInt64?
        var isPeakOfWindow = false
    }

    /// Lines quoted of a peer that failed.
    private static let quotedLinesMax = 4

    /// Runs it to its end.
    ///
    /// - Errors: a `TrialFault` that names the peer and quotes its last words, if it died, hung,
    ///   broke the protocol, or told of a window that our clock did not see.
    func run() throws(TrialFault) -> Outcome {
        let process = try PeerProcess.start(
            program: program, arguments: arguments, keepsAllocator: keepsAllocator)
        var said: [String] = []
        do throws(TrialFault) {
            let outcome = try follow(process, &said)
            let notes = process.lastErrors
            process.end()
            if let notes {
                // For the log of the trial, beside what ours say.
                FileHandle.standardError.write(Data("\(name): \(notes)\n".utf8))
            }
            return outcome
        } catch {
            var words = said.suffix(Self.quotedLinesMax).map { String($0.prefix(200)) }
            if let errors = process.lastErrors { words.append(errors) }
            process.end()
            let last = words.isEmpty ? "it had said nothing" : words.joined(separator: " | ")
            throw TrialFault("\(name): \(error.description); its last words: \(last)")
        }
    }

    private func follow(
        _ process: PeerProcess, _ said: inout [String]
    ) throws(TrialFault) -> Outcome {
        var outcome = Outcome()
        let meter = PeerMeter(processes: [process.child.identifier] + servers)
        var start: Reading?
        var pending: [UInt8] = []
        var heard = MonotonicClock.nanoseconds()
        while true {
            switch process.child.read(waitingMilliseconds: 1_000) {
            case .nothing:
                let silence = Double(MonotonicClock.nanoseconds() - heard) / 1e9
                if silence > silenceSecondsMax {
                    throw TrialFault("hangs: nothing said for \(Int(silence)) s")
                }
            case .end:
                guard outcome.report.stage == .ended, pending.isEmpty else {
                    let ending = process.wait()
                    throw TrialFault(
                        "ended with \(ending.description) before its answer was complete"
                            + (pending.isEmpty
                                ? "" : ", in the middle of '\(text(pending).prefix(80))'"))
                }
                return outcome
            case .bytes(let bytes):
                let now = Reading(
                    clock: MonotonicClock.nanoseconds(), processor: meter.processorNanoseconds())
                heard = now.clock
                pending += bytes
                while let end = pending.firstIndex(of: 0x0a) {
                    let line = text(pending[..<end])
                    pending.removeFirst(end + 1)
                    said.append(line)
                    if said.count > 2 * Self.quotedLinesMax { said.removeFirst() }
                    guard try outcome.report.take(line) else { continue }
                    if outcome.report.stage == .measuring {
                        start = now
                        start?.isPeakOfWindow = meter.forgetPeakMemory()
                    } else if let start {
                        try close(&outcome, start, now, meter)
                    }
                }
                if pending.count > PeerReport.lineBytesMax {
                    throw TrialFault("a line without an end")
                }
            }
        }
    }

    private func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: Array(bytes), as: UTF8.self)
    }

    /// The window by the peer's clock must be the one by ours: its lines reach us late by what the
    /// scheduler takes while the peer uses both cores, and no more.
    private static let windowToleranceSeconds = 0.1
    private static let windowToleranceShare = 0.03

    private func close(
        _ outcome: inout Outcome, _ start: Reading, _ stop: Reading, _ meter: PeerMeter
    ) throws(TrialFault) {
        let ours = Double(stop.clock - start.clock) / 1e9
        let theirs = Double(outcome.report.nanoseconds) / 1e9
        let tolerance = Self.windowToleranceSeconds + Self.windowToleranceShare * ours
        guard abs(ours - theirs) <= tolerance else {
            throw TrialFault(
                "told of a window of \(theirs) s, but \(ours) s passed between its lines")
        }
        if let before = start.processor, let after = stop.processor, after >= before {
            outcome.cpuSeconds = Double(after - before) / 1e9
        }
        if start.isPeakOfWindow { outcome.peakRSSBytes = meter.peakMemoryBytes() }
    }
}
