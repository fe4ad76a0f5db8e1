// What comes from outside, as an application names it: a feed, and how its bytes are cut into
// records.

/// A source outside of the site whose atoms are sequences of records.
///
/// ```swift
/// let orders = app.source("orders", LinesFile("orders.csv")) { line in Order(line.text) }
/// ```
public protocol OutsideSource: Sendable {
    /// Opens what it reads, and gives its feed; called once, when the application is described.
    ///
    /// - Errors: what is wrong with it; the launch is refused with that.
    func open() throws -> Feed
    /// Calls a closure for each record of a partition's part of an atom's bytes, in order.
    func forEachRecord(in content: RawSpan, part: FeedPart, _ body: (RawSpan) -> Void)
}

extension ApplicationBuilder {
    /// A source of records from outside: lines, frames, rows.
    ///
    /// - Shape: the atoms are what the source says of itself; each record is one event.
    /// - Parameter decode: makes an event of a record's bytes, which are valid during the call. It
    ///   is a function of the bytes alone: they are decoded again after a crash. Nil for a record
    ///   that is none: it is counted in `Engine.droppedEvents`, and dropped.
    /// - Errors: what is wrong with the source is a fault of the launch.
    @inlinable @inline(__always)
    public func source<Source: OutsideSource, Element: Event>(
        _ name: String, _ source: Source,
        _ decode: @escaping @Sendable (_ record: RawSpan) -> Element?
    ) -> Stream<Element> {
        let opened = openFeed(source)
        return self.source(name, opened.feed, fault: opened.fault) {
            (bytes: RawSpan, part: FeedPart, out: inout Emitter<Element>) in
            source.forEachRecord(in: bytes, part: part) { record in
                if let event = decode(record) { out.emit(event) } else { part.drop() }
            }
        }
    }
}

/// Opens a source; in its place a feed without atoms, if it can't be opened.
@usableFromInline
func openFeed(_ source: some OutsideSource) -> (feed: Feed, fault: String?) {
    do {
        return (try source.open(), nil)
    } catch {
        let none = Feed(
            recordByteCountMax: 0, poll: { _ in .ended }, replay: { _, _ in "\(error)" },
            isIdle: { true })
        return (none, "\(error)")
    }
}

extension RawSpan {
    /// The bytes as text; what is no UTF-8 is replaced.
    ///
    /// - Cost: a copy, and an allocation beyond 15 bytes.
    public var text: String {
        unsafe withUnsafeBytes { bytes in unsafe String(decoding: bytes, as: UTF8.self) }
    }
}

/// What a source from outside can't do.
public struct SourceError: Error, CustomStringConvertible {
    /// What it is about, why, and what to do.
    public let description: String
    init(_ description: String) { self.description = description }
}
