// The protocol between clients and an ingress: frames of bytes over a stream socket.
import CPlatform
import Glibc

/// Where an ingress listens, and clients connect to.
public enum IngressAddress: Sendable, Equatable {
    /// A Unix socket by its path, at most 107 bytes. A name left behind by a process that is gone
    /// is taken over.
    case unixSocket(String)
    /// A TCP port of an IPv4 or IPv6 literal; as a listener, port 0 lets the system choose.
    case tcp(host: String, port: UInt16)

    func listen() throws(SourceError) -> Int32 {
        switch self {
        case .unixSocket(let path):
            try opened(unsafe portals_listen_unix(path), "can't be listened on")
        case .tcp(let host, let port):
            try opened(unsafe portals_listen_tcp(host, port), "can't be listened on")
        }
    }

    func connect() throws(SourceError) -> Int32 {
        switch self {
        case .unixSocket(let path):
            try opened(unsafe portals_connect_unix(path), "can't be connected to")
        case .tcp(let host, let port):
            try opened(unsafe portals_connect_tcp(host, port), "can't be connected to")
        }
    }

    private func opened(_ result: Int32, _ what: String) throws(SourceError) -> Int32 {
        if result >= 0 { return result }
        let place: String
        let cure: String
        switch self {
        case .unixSocket(let path):
            place = path
            cure = result == -ENAMETOOLONG ? "; a path has at most 107 bytes" : ""
        case .tcp(let host, let port):
            place = "\(host):\(port)"
            cure = result == -EINVAL ? "; the host is an address literal, like 127.0.0.1" : ""
        }
        throw SourceError(
            "\(place) \(what): \(unsafe String(cString: strerror(-result))) (errno \(-result))"
                + cure)
    }
}

/// What goes over a connection.
///
/// A client begins with the eight bytes `PORTALS1`. Then frames go both ways:
/// ```
/// │ byteCount │ client │ sequence │ payload          │
/// │ 4         │ 8      │ 8        │ byteCount bytes  │   all numbers little-endian
/// ```
/// - From the client: one record. A client numbers its records from 1 on, ascending; it may send
///   any of them again, and one that was taken in already changes nothing. Several clients may
///   share a connection, and a client may come back by another.
/// - To the client, with byteCount 0: all records of `client` up to `sequence` are durable.
/// - To the client, with a payload: what it sent is not to be understood, in words; the connection
///   ends with that. What it had sent before stays.
enum IngressFrame {
    static let greeting = Array("PORTALS1".utf8)
    static let headByteCount = 20

    struct Head {
        var byteCount: Int
        var client: UInt64
        var sequence: UInt64
    }

    static func head(_ bytes: [UInt8], at start: Int) -> Head {
        Head(
            byteCount: Int(bytes.number(at: start, byteCount: 4)),
            client: bytes.number(at: start + 4, byteCount: 8),
            sequence: bytes.number(at: start + 12, byteCount: 8))
    }

    static func append(
        _ client: UInt64, _ sequence: UInt64, _ payload: some Collection<UInt8>,
        to bytes: inout [UInt8]
    ) {
        bytes.append(number: UInt64(payload.count), byteCount: 4)
        bytes.append(number: client, byteCount: 8)
        bytes.append(number: sequence, byteCount: 8)
        bytes.append(contentsOf: payload)
    }
}
