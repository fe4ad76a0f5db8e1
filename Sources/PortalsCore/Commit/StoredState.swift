// How values of state get into a snapshot and out of it: trivial types as their bytes, others by a
// small protocol.

/// A state that a snapshot can hold though it is no trivial type.
///
/// Trivial types (numbers, and structs, enums and inline arrays of them) need nothing: their bytes
/// are stored. Strings, arrays and dictionaries of such conform already.
///
/// ```swift
/// struct Basket: StoredState {
///     var items: [UInt64] = []
///     func store(into bytes: inout StateBytes) { items.store(into: &bytes) }
///     init(from bytes: inout StateBytes.Reader) throws(RecordError) {
///         items = try [UInt64](from: &bytes)
///     }
/// }
/// ```
/// - Cost: called once a value and snapshot; what it appends is written to disk.
public protocol StoredState {
    /// Appends what `init(from:)` needs to make an equal value.
    func store(into bytes: inout StateBytes)
    /// Makes the value that was stored.
    init(from bytes: inout StateBytes.Reader) throws(RecordError)
}

/// A state whose type has changed since a snapshot was written.
///
/// ```swift
/// extension Account: MigratedState {
///     static func migration(
///         from stored: String
///     ) -> ((inout StateBytes.Reader) throws(RecordError) -> Account)? {
///         guard stored.hasPrefix("OldAccount{") else { return nil }
///         return { bytes throws(RecordError) in Account(try bytes.read(OldAccount.self)) }
///     }
/// }
/// ```
public protocol MigratedState {
    /// How to read what a type with the fingerprint `stored` wrote; nil if that is not known.
    ///
    /// - Parameter stored: name and fields, size and alignment, as the refusal prints it.
    static func migration(
        from stored: String
    ) -> ((_ bytes: inout StateBytes.Reader) throws(RecordError) -> Self)?
}

/// Bytes of states, as a snapshot holds them; integers are little-endian.
public struct StateBytes: Sendable {
    /// All that was appended.
    public internal(set) var bytes: [UInt8] = []

    /// No bytes.
    public init() {}

    /// Appends the bytes of a trivial value.
    @inlinable
    public mutating func append<Value: BitwiseCopyable>(_ value: Value) {
        unsafe withUnsafeBytes(of: value) { unsafe append($0) }
    }

    /// Appends bytes.
    public mutating func append(_ more: [UInt8]) { bytes += more }

    /// Appends bytes.
    public mutating func append(_ more: UnsafeRawBufferPointer) {
        unsafe bytes.append(contentsOf: more)
    }

    /// Appends so many bytes, which the closure fills.
    @usableFromInline
    mutating func append(count: Int, _ fill: (UnsafeMutableRawPointer) -> Void) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: count))
        unsafe bytes.withUnsafeMutableBytes { bytes in
            if let base = bytes.baseAddress { unsafe fill(base + start) }
        }
    }

    /// Reads bytes again, from the first on.
    @safe public struct Reader {
        private let bytes: [UInt8]
        private var offset = 0
        private let end: Int

        /// Reads from the first byte.
        public init(_ bytes: [UInt8]) {
            self.bytes = bytes
            end = bytes.count
        }

        /// Reads a part of bytes, without copying them.
        public init(_ bytes: [UInt8], _ range: Range<Int>) {
            precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(range)")
            self.bytes = bytes
            offset = range.lowerBound
            end = range.upperBound
        }

        /// Bytes that are left.
        public var count: Int { end - offset }

        /// The next trivial value.
        ///
        /// - Errors: if fewer bytes are left than it has.
        public mutating func read<Value: BitwiseCopyable>(
            _: Value.Type
        ) throws(RecordError) -> Value {
            let size = MemoryLayout<Value>.size
            guard size <= count else { throw RecordError("a state of \(size) bytes is cut off") }
            let value = unsafe bytes.withUnsafeBytes {
                unsafe $0.loadUnaligned(fromByteOffset: offset, as: Value.self)
            }
            offset += size
            return value
        }

        /// Copies the next bytes to a place in memory.
        @usableFromInline
        mutating func read(
            into memory: UnsafeMutableRawPointer, count size: Int
        ) throws(RecordError) {
            guard size <= count else { throw RecordError("a state of \(size) bytes is cut off") }
            unsafe bytes.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                unsafe memory.copyMemory(from: base + offset, byteCount: size)
            }
            offset += size
        }

        /// The next bytes.
        public mutating func read(count size: Int) throws(RecordError) -> [UInt8] {
            guard size >= 0, size <= count else {
                throw RecordError("\(size) bytes of state are cut off")
            }
            offset += size
            return Array(bytes[(offset - size)..<offset])
        }
    }
}

extension String: StoredState {
    /// Stores its UTF-8, behind its length.
    public func store(into bytes: inout StateBytes) {
        bytes.append(UInt64(utf8.count))
        for byte in utf8 { bytes.append(byte) }
    }

    /// Makes the stored string.
    public init(from bytes: inout StateBytes.Reader) throws(RecordError) {
        let count = try bytes.read(UInt64.self)
        self.init(decoding: try bytes.read(count: Int(clamping: count)), as: UTF8.self)
    }
}

extension StoredState where Self: BitwiseCopyable {
    /// Stores the bytes of the value.
    public func store(into bytes: inout StateBytes) { bytes.append(self) }

    /// Makes the value of the stored bytes.
    public init(from bytes: inout StateBytes.Reader) throws(RecordError) {
        self = try bytes.read(Self.self)
    }
}

extension Int: StoredState {}
extension Int32: StoredState {}
extension UInt: StoredState {}
extension UInt8: StoredState {}
extension UInt16: StoredState {}
extension UInt32: StoredState {}
extension UInt64: StoredState {}
extension Double: StoredState {}
extension Bool: StoredState {}

extension Array: StoredState where Element: StoredState {
    /// Stores its elements, behind their number.
    public func store(into bytes: inout StateBytes) {
        bytes.append(UInt64(count))
        for element in self { element.store(into: &bytes) }
    }

    /// Makes the stored array.
    public init(from bytes: inout StateBytes.Reader) throws(RecordError) {
        self.init()
        let count = try bytes.read(UInt64.self)
        for _ in 0..<count { append(try Element(from: &bytes)) }
    }
}

extension Dictionary: StoredState where Key: StoredState, Value: StoredState {
    /// Stores keys and values, behind their number.
    public func store(into bytes: inout StateBytes) {
        bytes.append(UInt64(count))
        for (key, value) in self {
            key.store(into: &bytes)
            value.store(into: &bytes)
        }
    }

    /// Makes the stored dictionary.
    public init(from bytes: inout StateBytes.Reader) throws(RecordError) {
        self.init()
        let count = try bytes.read(UInt64.self)
        for _ in 0..<count {
            let key = try Key(from: &bytes)
            self[key] = try Value(from: &bytes)
        }
    }
}
