// A fresh process for every trial: this program again, with the trial as its argument.
import Foundation
import Report

/// Runs each trial in a process of its own.
public struct ProcessLauncher: TrialLauncher {
    private let path: String
    private let programs: [String: String]
    private let arguments: [String]
    private let environment: @Sendable (TrialConfiguration) throws -> [String: String]

    /// A launcher of `path` with `arguments` and, after them, the request as JSON.
    ///
    /// - Parameters:
    ///   - path: this program unless told otherwise; the link stays good if it is built again.
    ///   - programs: paths of those that trials name as their `build`.
    ///   - environmentForChild: the whole environment of a trial; throws where the machine cannot
    ///     give it, such as an allocator that is not installed.
    public init(
        path: String = "/proc/self/exe", programs: [String: String] = [:],
        arguments: [String] = ["trial"],
        environmentForChild: @escaping @Sendable (TrialConfiguration) throws -> [String: String] = {
            _ in ProcessInfo.processInfo.environment
        }
    ) {
        self.path = path
        self.programs = programs
        self.arguments = arguments
        environment = environmentForChild
    }

    /// Moves the stack of the trial, whose place biases figures (Mytkowicz et al., ASPLOS 2009).
    static let paddingVariable = "PORTALS_ENVIRONMENT_PADDING"

    /// Output kept of one trial; the result is at its end, so more of the start is of no use.
    private static let outputBytesMax = 16 << 20

    /// How often `tick` is called while a trial runs.
    private static let tickMilliseconds: Int32 = 1_000

    public func run(
        _ order: TrialOrder, tick: () -> Void, isInterrupted: () -> Bool
    ) -> TrialEnd {
        let child: ChildProcess
        do {
            let argument = try TrialProtocol.argument(order.request)
            let configuration = order.request.configuration
            var variables = try environment(configuration)
            variables[Self.paddingVariable] = String(
                repeating: "x", count: order.environmentPaddingBytes)
            child = try ChildProcess.start(
                path: configuration.build.flatMap { programs[$0] } ?? path,
                arguments: ["portals"] + arguments + [argument], environment: variables,
                logPath: order.logPath)
        } catch {
            return .failed("not started: \(error)")
        }
        defer { child.close() }

        let limit =
            ProcessMeter.monotonicNanoseconds()
            + UInt64(order.request.timeOutSeconds * 1e9)
        var output: [UInt8] = []
        var ending: ChildProcess.Ending?
        var hasOutput = true
        while ending == nil {
            let now = ProcessMeter.monotonicNanoseconds()
            if isInterrupted() || now >= limit {
                child.kill()
                _ = child.wait()
                keep(output, in: order.logPath)
                return isInterrupted()
                    ? .interrupted
                    : .failed(
                        "no end after \(Figure.duration(seconds: order.request.timeOutSeconds)); "
                            + "see \(order.logPath)")
            }
            let left = Int32(min(UInt64(Self.tickMilliseconds), (limit - now) / 1_000_000 + 1))
            if hasOutput {
                switch child.read(waitingMilliseconds: left) {
                case .bytes(let bytes):
                    output.append(contentsOf: bytes)
                    if output.count > Self.outputBytesMax {
                        output.removeFirst(output.count - Self.outputBytesMax)
                    }
                    continue
                case .end:
                    hasOutput = false
                    // A process that closes its output is about to end; give it a moment.
                    ending = child.waitIfEnded()
                case .nothing:
                    // A child of the trial may hold the pipe open after the trial ended.
                    ending = child.waitIfEnded()
                    tick()
                }
            } else {
                usleep(1_000)
                ending = child.waitIfEnded()
            }
        }
        // What the trial started and left behind would disturb the next one.
        child.kill()
        return judge(ending ?? .exit(0), output, order)
    }

    private func judge(
        _ ending: ChildProcess.Ending, _ output: [UInt8], _ order: TrialOrder
    ) -> TrialEnd {
        let text = String(decoding: output, as: UTF8.self)
        guard ending == .exit(0) else {
            keep(output, in: order.logPath)
            let last = message(in: order.logPath).map { ": \($0)" } ?? ""
            return .failed("\(ending.description)\(last); see \(order.logPath)")
        }
        do {
            guard let measurement = try TrialProtocol.measurement(in: text) else {
                keep(output, in: order.logPath)
                return .failed("ended without a result; see \(order.logPath)")
            }
            return .measured(measurement)
        } catch {
            keep(output, in: order.logPath)
            return .failed("result cannot be read (\(error)); see \(order.logPath)")
        }
    }

    private func keep(_ output: [UInt8], in path: String) {
        guard !output.isEmpty, let log = FileHandle(forUpdatingAtPath: path) else { return }
        defer { try? log.close() }
        _ = try? log.seekToEnd()
        try? log.write(contentsOf: Data("\n--- standard output\n".utf8) + Data(output))
    }

    /// What the trial said about its failure: the message of a trap, else its last line.
    private func message(in path: String) -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let said = text.split(separator: "\n--- standard output\n").first ?? ""
        let lines = said.split(separator: "\n")
        // After a trap the runtime goes on with a backtrace of some hundred lines.
        let line = lines.first { $0.contains("Fatal error") } ?? lines.last
        return line.map { String($0.prefix(200)) }
    }
}
