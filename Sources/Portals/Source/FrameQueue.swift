// Frames that wait until the other end has confirmed them: records of a client, replies to one.

/// Numbered frames, oldest first, of which the first are confirmed and forgotten.
///
/// ```
/// │ confirmed │ given to the connection │ not given yet │
///             doneBytes                 given           bytes.count
/// ```
struct FrameQueue: Sendable {
    private let kind: IngressFrame.Kind
    private let client: UInt64
    private var bytes: [UInt8] = []
    /// Where each frame ends in `bytes`.
    private var ends: [Int] = []
    private var doneBytes = 0
    private var doneFrames = 0
    private var given = 0
    private var givenFrames = 0
    /// The number of the next frame.
    private(set) var next: UInt64

    init(_ kind: IngressFrame.Kind, client: UInt64, next: UInt64) {
        self.kind = kind
        self.client = client
        self.next = next
    }

    /// All up to this number are confirmed.
    var confirmed: UInt64 { next - 1 - UInt64(ends.count - doneFrames) }
    /// Bytes that are not confirmed.
    var byteCount: Int { bytes.count - doneBytes }
    /// Frames that are not confirmed, one after another.
    var unconfirmed: ArraySlice<UInt8> { bytes[doneBytes...] }
    var isAllGiven: Bool { given == bytes.count }

    mutating func append(_ payload: some Collection<UInt8>) -> UInt64 {
        let number = next
        IngressFrame.append(kind, client, number, payload, to: &bytes)
        ends.append(bytes.count)
        next += 1
        return number
    }

    /// A new connection: all that is not confirmed is to be given to it.
    mutating func rewind() {
        given = doneBytes
        givenFrames = doneFrames
    }

    /// The next whole frames, at least one if there is any, and no more than so many bytes then.
    mutating func take(byteCountMax: Int) -> ArraySlice<UInt8> {
        let start = given
        while givenFrames < ends.count, given == start || ends[givenFrames] - start <= byteCountMax
        {
            given = ends[givenFrames]
            givenFrames += 1
        }
        return ArraySlice(Array(bytes[start..<given]))
    }

    /// Forgets the frames up to a number; says nothing of those that were not made yet.
    mutating func confirm(_ number: UInt64) {
        let wanted = min(number, next - 1)
        if wanted <= confirmed { return }
        doneFrames += Int(wanted - confirmed)
        doneBytes = ends[doneFrames - 1]
        given = max(given, doneBytes)
        givenFrames = max(givenFrames, doneFrames)
        // Moved rarely: each byte once for as many that went.
        if doneBytes * 2 < bytes.count { return }
        bytes.removeFirst(doneBytes)
        ends.removeFirst(doneFrames)
        for index in ends.indices { ends[index] -= doneBytes }
        given -= doneBytes
        givenFrames -= doneFrames
        doneBytes = 0
        doneFrames = 0
    }
}
