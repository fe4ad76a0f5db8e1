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
    /// What was appended, and bytes behind it, which the next ones are written over.
    @usableFromInline var storage: [UInt8] = []
    /// How many were appended.
    public private(set) var count = 0

    /// No bytes.
    public init() {}

    /// All that was appended.
    ///
    /// - Cost: a copy.
    public var bytes: [UInt8] { Array(storage[..<count]) }

    /// Appends the bytes of a trivial value.
    @inlinable
    public mutating func append<Value: BitwiseCopyable>(_ value: Value) {
        unsafe append(count: MemoryLayout<Value>.size) {
            unsafe $0.storeBytes(of: value, as: Value.self)
        }
    }

    /// Appends bytes.
    public mutating func append(_ more: [UInt8]) {
        unsafe more.withUnsafeBytes { unsafe append($0) }
    }

    /// Appends bytes.
    public mutating func append(_ more: UnsafeRawBufferPointer) {
        guard let base = more.baseAddress else { return }
        unsafe append(count: more.count) {
            unsafe $0.copyMemory(from: base, byteCount: more.count)
        }
    }

    /// No bytes, and room for so many.
    init(capacity: Int) { storage.reserveCapacity(capacity) }

    /// No bytes, and the room that a buffer has.
    init(reusing buffer: consuming [UInt8]) { storage = buffer }

    /// Writes a number over four bytes, the lowest first.
    mutating func replace(at place: Int, by number: UInt32) {
        unsafe storage.withUnsafeMutableBytes {
            unsafe $0.storeBytes(of: number.littleEndian, toByteOffset: place, as: UInt32.self)
        }
    }

    /// Appends so many bytes, which the closure fills.
    @inlinable @inline(__always)
    mutating func append(count: Int, _ fill: (UnsafeMutableRawPointer) -> Void) {
        let start = advance(count)
        unsafe storage.withUnsafeMutableBytes { bytes in
            if let base = bytes.baseAddress { unsafe fill(base + start) }
        }
    }

    /// Counts so many bytes as appended, which are to be written; returns where they begin.
    @usableFromInline
    mutating func advance(_ added: Int) -> Int {
        let start = count
        count += added
        if count > storage.count { fillUp() }
        return start
    }

    /// Zeroes are put in by so many: few for small states, a page for large ones.
    private static let zeroes = [UInt8](repeating: 0, count: 4_096)

    @inline(never)
    private mutating func fillUp() {
        while storage.count < count {
            let added = max(64, min(storage.count, Self.zeroes.count))
            storage += Self.zeroes[..<added]
        }
    }

    /// Gives away what was appended, without a copy; nothing is left.
    mutating func take() -> [UInt8] {
        storage.removeLast(storage.count - count)
        count = 0
        defer { storage = [] }
        return storage
    }

    /// Reads bytes again, from the first on.
    @safe public struct Reader {
        @usableFromInline let bytes: [UInt8]
        @usableFromInline private(set) var offset = 0
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

        /// Shows each unit of a section of a cut, and its bytes.
        ///
        /// - Errors: a unit that is cut off, or of which something is left over.
        public static func forEachUnit(
            _ section: [UInt8],
            _ body: (_ unit: Int, inout Self) throws(RecordError) -> Void
        ) throws(RecordError) {
            var heads = Self(section)
            while heads.count > 0 {
                let unit = Int(try heads.read(UInt32.self))
                let count = Int(try heads.read(UInt32.self))
                guard count <= heads.count else { throw RecordError("unit \(unit) is cut off") }
                var bytes = Self(section, heads.offset..<(heads.offset + count))
                try body(unit, &bytes)
                guard bytes.count == 0 else {
                    throw RecordError("unit \(unit) has \(bytes.count) bytes too many")
                }
                heads.offset += count
            }
        }

        /// A section of a cut without those of its units that are marked.
        public static func section(
            _ section: [UInt8], without marks: [Bool]
        ) throws(RecordError) -> [UInt8] {
            var rest: [UInt8] = []
            rest.reserveCapacity(section.count)
            try forEachUnit(section) { unit, bytes in
                if unit >= marks.count || !marks[unit] {
                    // With its number and count, which stand before it.
                    rest.append(contentsOf: section[(bytes.offset - 8)..<bytes.end])
                }
                bytes.skip()
            }
            return rest
        }

        /// Passes over what is left.
        public mutating func skip() { offset = end }

        /// Bytes that are left.
        public var count: Int { end - offset }

        /// The next trivial value.
        ///
        /// - Errors: if fewer bytes are left than it has.
        public mutating func read<Value: BitwiseCopyable>(
            _: Value.Type
        ) throws(RecordError) -> Value {
            let size = MemoryLayout<Value>.size
            let start = offset
            try skip(size)
            return unsafe bytes.withUnsafeBytes {
                unsafe $0.loadUnaligned(fromByteOffset: start, as: Value.self)
            }
        }

        /// Copies the next bytes to a place in memory.
        @usableFromInline
        mutating func read(
            into memory: UnsafeMutableRawPointer, count size: Int
        ) throws(RecordError) {
            try unsafe read(count: size) {
                unsafe memory.copyMemory(from: $0, byteCount: size)
            }
        }

        /// Shows the next bytes.
        @inlinable @inline(__always)
        mutating func read(
            count size: Int, _ body: (UnsafeRawPointer) -> Void
        ) throws(RecordError) {
            let start = offset
            try skip(size)
            unsafe bytes.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress { unsafe body(base + start) }
            }
        }

        @usableFromInline
        mutating func skip(_ size: Int) throws(RecordError) {
            guard size >= 0, size <= count else {
                throw RecordError("a state of \(size) bytes is cut off")
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
        let isContiguous: Void? = unsafe utf8.withContiguousStorageIfAvailable {
            unsafe bytes.append(UnsafeRawBufferPointer($0))
        }
        if isContiguous == nil { for byte in utf8 { bytes.append(byte) } }
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
