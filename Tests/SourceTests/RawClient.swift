// A client of an ingress without mercy: it sends the bytes that a test wants.
import CPlatform
import Glibc

@testable import Portals

/// A connection; frames are sent and received as they are.
final class RawClient {
    private let descriptor: Int32
    private var incoming: [UInt8] = []

    struct Frame: Equatable {
        var kind: IngressFrame.Kind?
        var client: UInt64
        var number: UInt64
        var text: String
    }

    init(_ address: IngressAddress, greets: Bool = true) throws {
        descriptor = try address.connect()
        if greets { send(IngressFrame.greeting) }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                portals_send(descriptor, $0.baseAddress, $0.count)
            }
            if sent == -Int64(EAGAIN) { continue }
            if sent < 0 { return }
            rest.removeFirst(Int(sent))
        }
    }

    func send(_ kind: IngressFrame.Kind, _ client: UInt64, _ number: UInt64, _ text: String = "") {
        var bytes: [UInt8] = []
        IngressFrame.append(kind, client, number, Array(text.utf8), to: &bytes)
        send(bytes)
    }

    /// The next frame behind the greeting; nil at the end of the connection, or after 20 s.
    func next() -> Frame? {
        var ended = false
        let isThere = eventually {
            if frameEnd != nil { return true }
            var bytes = [UInt8](repeating: 0, count: 4_096)
            let count = bytes.withUnsafeMutableBytes {
                portals_receive(descriptor, $0.baseAddress, $0.count)
            }
            ended = count == 0 || count < 0 && count != -Int64(EAGAIN)
            incoming += bytes.prefix(max(0, Int(count)))
            return frameEnd != nil || ended
        }
        guard isThere, let end = frameEnd else { return nil }
        let start = IngressFrame.greeting.count
        let head = IngressFrame.head(incoming, at: start)
        let text = String(decoding: incoming[(end - head.byteCount)..<end], as: UTF8.self)
        incoming.removeSubrange(start..<end)
        return Frame(kind: head.kind, client: head.client, number: head.number, text: text)
    }

    private var frameEnd: Int? {
        let head = IngressFrame.greeting.count + IngressFrame.headByteCount
        guard incoming.count >= head else { return nil }
        let end = head + IngressFrame.head(incoming, at: IngressFrame.greeting.count).byteCount
        return incoming.count >= end ? end : nil
    }
}
