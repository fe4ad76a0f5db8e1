// What a person who waits sees: one line that changes on a terminal, a plain line now and then.
import Foundation
import Report

/// Estimate of the time left, from the trials that ended and guesses for those that did not.
struct TimeEstimate {
    private var guesses: [Double]
    private var ended: [(cell: Int, seconds: Double)] = []

    /// An estimate that knows only what each cell is guessed to take.
    init(guessedSeconds: [Double]) { guesses = guessedSeconds }

    /// Takes in a trial that ended.
    mutating func ended(cell: Int, seconds: Double) { ended.append((cell, seconds)) }

    /// Seconds that one trial of a cell is expected to take: the mean of its own, else its guess
    /// scaled by how far the guesses of the others were off.
    func seconds(cell: Int) -> Double {
        let own = ended.filter { $0.cell == cell }.map(\.seconds)
        if !own.isEmpty { return own.reduce(0, +) / Double(own.count) }
        let guessed = ended.reduce(0) { $0 + guesses[$1.cell] }
        let taken = ended.reduce(0) { $0 + $1.seconds }
        return guesses[cell] * (guessed > 0 ? taken / guessed : 1)
    }

    /// Seconds that these trials are expected to take.
    func seconds(left cells: some Sequence<Int>) -> Double {
        cells.reduce(0) { $0 + seconds(cell: $1) }
    }
}

/// Writes the progress of a run.
public struct ProgressLine {
    private let isTerminal: Bool
    private let write: (String) -> Void
    private var lastNanoseconds: UInt64?

    /// Progress through `write`; on a terminal the line is written over and over.
    public init(isTerminal: Bool, write: @escaping (String) -> Void) {
        self.isTerminal = isTerminal
        self.write = write
    }

    /// Progress on standard error.
    public static func standardError() -> ProgressLine {
        ProgressLine(isTerminal: isatty(STDERR_FILENO) == 1) { text in
            try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
        }
    }

    /// Without a terminal, seconds between two lines: often enough that nobody thinks it hangs.
    static let plainIntervalNanoseconds: UInt64 = 5_000_000_000

    /// Terminals of 80 columns are still common; a longer line would wrap and not be overwritten.
    static let columnsMax = 79

    /// Shows `line` if it is time to.
    mutating func show(_ line: String, nowNanoseconds: UInt64) {
        if isTerminal {
            write("\r\u{1B}[2K" + line.prefix(Self.columnsMax))
        } else if lastNanoseconds.map({
            nowNanoseconds - $0 >= Self.plainIntervalNanoseconds
        }) ?? true {
            write(line + "\n")
            lastNanoseconds = nowNanoseconds
        }
    }

    /// A line that stays, such as a failure.
    mutating func note(_ line: String) {
        write((isTerminal ? "\r\u{1B}[2K" : "") + line + "\n")
    }

    /// Removes the changing line.
    mutating func clear() {
        if isTerminal { write("\r\u{1B}[2K") }
    }
}
