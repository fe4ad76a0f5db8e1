// The line protocol between the harness and the process of a trial.
import Foundation

/// What the process of a trial is told, as JSON in its argument.
public struct TrialRequest: Codable, Sendable, Equatable {
    public var configuration: TrialConfiguration
    /// After this long the harness ends the process.
    public var timeOutSeconds: Double
    /// How the trial is profiled; nil if it is not.
    public var profile: TrialProfile?

    /// A request.
    public init(
        configuration: TrialConfiguration, timeOutSeconds: Double, profile: TrialProfile? = nil
    ) {
        self.configuration = configuration
        self.timeOutSeconds = timeOutSeconds
        self.profile = profile
    }
}

/// Writing and finding the lines that the two processes exchange.
public enum TrialProtocol {
    /// Starts the line of the result on standard output: a system may print there as well.
    static let marker = "portals-trial-result: "

    /// The argument for a request.
    public static func argument(_ request: TrialRequest) throws -> String {
        String(decoding: try encoder.encode(request), as: UTF8.self)
    }

    /// Reads the argument of a trial.
    public static func request(argument: String) throws -> TrialRequest {
        try JSONDecoder().decode(TrialRequest.self, from: Data(argument.utf8))
    }

    /// The line of a result, on a line of its own whatever was printed before.
    public static func line(_ measurement: TrialMeasurement) throws -> String {
        "\n" + marker + String(decoding: try encoder.encode(measurement), as: UTF8.self) + "\n"
    }

    /// The result in the output of a trial; nil without one, the last one if there are more.
    public static func measurement(in output: String) throws -> TrialMeasurement? {
        let line = output.split(separator: "\n").last { $0.hasPrefix(marker) }
        guard let line else { return nil }
        return try JSONDecoder().decode(
            TrialMeasurement.self, from: Data(line.dropFirst(marker.count).utf8))
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
