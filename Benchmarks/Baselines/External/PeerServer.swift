// The server that some peers are: started beside the program that asks it, on a free port of the
// loopback, with its files in a folder of its own.
import Foundation
import Glibc
import Harness

/// A running server of a peer.
struct PeerServer {
    /// What its client must know, and it itself: port and folder.
    let arguments: [String]
    private let process: PeerProcess
    /// The folder that it made for itself, to be removed; nil where the trial has one.
    private let ownFolder: String?

    var identifier: pid_t { process.child.identifier }

    /// Starts `program`; whether it answers yet is for its client to find out.
    init(program: String, name: String, arguments: [String]) throws(TrialFault) {
        let port = try Self.freePort()
        var words = ["port=\(port)"]
        if arguments.contains(where: { $0.hasPrefix("directory=") }) {
            ownFolder = nil
        } else {
            let folder = NSTemporaryDirectory() + "portals-\(name)-\(UUID().uuidString)"
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true)
            } catch {
                throw TrialFault("\(folder) cannot be made: \(error.localizedDescription)")
            }
            ownFolder = folder
            words.append("directory=\(folder)")
        }
        self.arguments = words
        process = try PeerProcess.start(
            program: program, arguments: arguments + words, keepsAllocator: false)
    }

    /// Ends it and removes its files.
    func end() {
        process.end()
        if let ownFolder { try? FileManager.default.removeItem(atPath: ownFolder) }
    }

    /// A port of 127.0.0.1 that nobody listened on a moment ago.
    private static func freePort() throws(TrialFault) -> UInt16 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw TrialFault("no socket: errno \(errno)") }
        defer { Glibc.close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // The kernel chooses a port for port 0 and writes it into the same structure.
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                let bound = unsafe bind(socket, generic, length)
                return bound == 0 ? unsafe getsockname(socket, generic, &length) : bound
            }
        }
        guard result == 0 else { throw TrialFault("no free port: errno \(errno)") }
        return UInt16(bigEndian: address.sin_port)
    }
}
