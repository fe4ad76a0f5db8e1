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

/// What goes over a connection, both ways.
///
/// ```
///  client                                   ingress
///    │ ── PORTALS1 ─────────────────────────► │  each begins with the eight bytes `PORTALS` and
///    │ ◄───────────────────────── PORTALS1 ── │  its version; frames follow
///    │ ── received 7: 0 ────────────────────► │  "send client 7 its replies from 1 on"
///    │ ── record 7: 1 ── record 7: 2 ───────► │
///    │ ◄────────────────────── durable 7: 2 ─ │  "none of client 7 up to 2 will be lost"
///    │ ◄───────── reply 7: 1 ── reply 7: 2 ── │
///    │ ── received 7: 2 ────────────────────► │  "these need not be sent again"
///    │ ◄──────────────────── refused 7: 3 ─── │  why, in words; the connection ends
///
///  a frame:
///  │ byteCount │ kind │ zeros │ client │ number │ payload          │
///  │ 4         │ 1    │ 3     │ 8      │ 8      │ byteCount bytes  │  numbers are little-endian
/// ```
/// - A client numbers its records from 1 on, ascending. It may send any of them again, and one that
///   was taken in already changes nothing. After a broken connection it sends again what it has no
///   `durable` for. Several clients may share a connection, and a client may come back by another.
/// - Replies to a client are numbered from 1 on, without gaps. They are kept until they are
///   `received`, and sent again by the connection on which `received` was said first.
/// - `received` and `durable` have no payload; that of `refused` is text.
enum IngressFrame {
    static let protocolName = Array("PORTALS".utf8)
    static let version = UInt8(ascii: "1")
    static let greeting = protocolName + [version]
    static let headByteCount = 24
    /// Of the longest reply: a bound on what a client must hold.
    static let replyByteCountMax = 16 << 20

    enum Kind: UInt8 { case record = 1, received, durable, reply, refused }

    struct Head {
        var byteCount: Int
        /// Nil for a kind that this version does not know.
        var kind: Kind?
        var kindByte: UInt8
        var client: UInt64
        var number: UInt64
    }

    static func head(_ bytes: [UInt8], at start: Int) -> Head {
        Head(
            byteCount: Int(bytes.number(at: start, byteCount: 4)),
            kind: Kind(rawValue: bytes[start + 4]), kindByte: bytes[start + 4],
            client: bytes.number(at: start + 8, byteCount: 8),
            number: bytes.number(at: start + 16, byteCount: 8))
    }

    static func append(
        _ kind: Kind, _ client: UInt64, _ number: UInt64,
        _ payload: some Collection<UInt8> = EmptyCollection(), to bytes: inout [UInt8]
    ) {
        bytes.append(number: UInt64(payload.count), byteCount: 4)
        bytes.append(number: UInt64(kind.rawValue), byteCount: 4)
        bytes.append(number: client, byteCount: 8)
        bytes.append(number: number, byteCount: 8)
        bytes.append(contentsOf: payload)
    }

    /// What is wrong with the beginning of a connection; nil if it may be a greeting.
    static func fault(ofGreeting bytes: ArraySlice<UInt8>) -> String? {
        let named = min(bytes.count, protocolName.count)
        if !bytes.prefix(named).elementsEqual(protocolName.prefix(named)) {
            return
                "a connection begins with the bytes PORTALS1, this one did not: it speaks another "
                + "protocol"
        }
        guard bytes.count >= greeting.count else { return nil }
        let other = bytes[bytes.startIndex + protocolName.count]
        if other == version { return nil }
        let text = (0x21...0x7E).contains(other) ? String(UnicodeScalar(other)) : "byte \(other)"
        return
            "a connection of version \(text) of the protocol, but this is version 1: use programs "
            + "of the same version on both ends"
    }
}
