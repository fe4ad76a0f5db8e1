// Where `scripts/baselines` puts the peers, and what it says of each: whether it is there, and
// which version.
import Foundation

/// The folder of one peer, outside the source tree.
struct PeerInstallation: Sendable {
    /// What `scripts/baselines install` calls it.
    let name: String
    /// The folder of all peers; nil for the one that the environment names.
    var root: String?

    /// `PORTALS_BASELINES`, or `portals-baselines` in the user's cache.
    static func defaultRoot(_ environment: [String: String]) -> String {
        if let named = environment["PORTALS_BASELINES"], !named.isEmpty { return named }
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            return cache + "/portals-baselines"
        }
        return (environment["HOME"] ?? "/root") + "/.cache/portals-baselines"
    }

    /// The peer's own folder.
    var path: String {
        (root ?? Self.defaultRoot(ProcessInfo.processInfo.environment)) + "/" + name
    }

    /// The program that speaks the protocol.
    var program: String { path + "/run" }
    /// The program of the server that the peer is, for those that are servers.
    var server: String { path + "/run-server" }

    /// The version that was asked of the peer when it was installed; nil where it is not there.
    var version: String? {
        // Written last: what has a version is whole.
        guard let text = try? String(contentsOfFile: path + "/version", encoding: .utf8) else {
            return nil
        }
        let version = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return version.isEmpty ? nil : version
    }

    /// Why it cannot be started, with the cure; nil if it can.
    var refusal: String? {
        guard version != nil, FileManager.default.isExecutableFile(atPath: program) else {
            return "\(name) is not installed in \(path): scripts/baselines install \(name)"
        }
        guard FileManager.default.isExecutableFile(atPath: PeerProcess.starter) else {
            return "\(name) needs \(PeerProcess.starter), which ends it with its trial: install "
                + "util-linux"
        }
        return nil
    }
}
