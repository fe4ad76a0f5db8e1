// How the values of one type get into a snapshot and out of it, and how the type is told from
// others.

/// Stores and loads values of a type; nil in `make` for types that can't be stored.
@safe @usableFromInline
struct StateCodec<Value> {
    /// The bytes of a value are stored as they are.
    @usableFromInline let isPlain: Bool
    @usableFromInline let store: (UnsafePointer<Value>, inout StateBytes) -> Void
    /// Initialises the place.
    @usableFromInline private(set) var load: Load
    /// It was stored by this type too, so that what is plain can be copied back.
    @usableFromInline private(set) var loadsBytes: Bool

    @usableFromInline
    typealias Load =
        (UnsafeMutablePointer<Value>, inout StateBytes.Reader) throws(RecordError) -> Void

    @usableFromInline
    init(
        isPlain: Bool, store: @escaping (UnsafePointer<Value>, inout StateBytes) -> Void,
        load: @escaping Load
    ) {
        self.isPlain = isPlain
        loadsBytes = isPlain
        unsafe self.store = store
        unsafe self.load = load
    }

    @inlinable
    static func make() -> StateCodec<Value>? {
        if _isPOD(Value.self) {
            return unsafe StateCodec(
                isPlain: true,
                store: { place, bytes in
                    unsafe bytes.append(
                        UnsafeRawBufferPointer(start: place, count: MemoryLayout<Value>.size))
                },
                load: { (place, bytes) throws(RecordError) in
                    try unsafe bytes.read(
                        into: UnsafeMutableRawPointer(place), count: MemoryLayout<Value>.size)
                })
        }
        #if hasFeature(Embedded)
        return nil
        #else
        guard let stored = Value.self as? any StoredState.Type else { return nil }
        return make(stored)
        #endif
    }

    #if !hasFeature(Embedded)
    @usableFromInline
    static func make<Stored: StoredState>(_: Stored.Type) -> StateCodec<Value>? {
        unsafe StateCodec(
            isPlain: false,
            store: { place, bytes in
                unsafe UnsafeRawPointer(place).assumingMemoryBound(to: Stored.self).pointee
                    .store(into: &bytes)
            },
            load: { (place, bytes) throws(RecordError) in
                unsafe UnsafeMutableRawPointer(place).bindMemory(to: Stored.self, capacity: 1)
                    .initialize(to: try Stored(from: &bytes))
            })
    }
    #endif

    /// The same, reading what another type has written; nil if the type does not say how.
    @usableFromInline
    func migrating(from fingerprint: String) -> StateCodec<Value>? {
        #if hasFeature(Embedded)
        return nil
        #else
        guard let migrated = Value.self as? any MigratedState.Type,
            let load = unsafe Self.load(migrated, fingerprint)
        else { return nil }
        var codec = self
        unsafe codec.load = load
        codec.loadsBytes = false
        return codec
        #endif
    }

    #if !hasFeature(Embedded)
    private static func load<Migrated: MigratedState>(
        _: Migrated.Type, _ fingerprint: String
    ) -> Load? {
        guard let migrate = Migrated.migration(from: fingerprint) else { return nil }
        return { (place, bytes) throws(RecordError) in
            unsafe UnsafeMutableRawPointer(place).bindMemory(to: Migrated.self, capacity: 1)
                .initialize(to: try migrate(&bytes))
        }
    }
    #endif
}

/// Name, fields, size and alignment of the type of a value.
///
/// Fields are those that reflection shows of structs and tuples, with their types.
@usableFromInline
func typeFingerprint<Value>(_ value: Value) -> String {
    #if hasFeature(Embedded)
    return "\(MemoryLayout<Value>.size)/\(MemoryLayout<Value>.alignment)"
    #else
    return
        "\(fieldsFingerprint(value, depth: 0)) of \(MemoryLayout<Value>.size) bytes aligned to "
        + "\(MemoryLayout<Value>.alignment)"
    #endif
}

#if !hasFeature(Embedded)
/// Deeper structs are told apart by their names alone.
private let fingerprintDepthMax = 6

private func fieldsFingerprint(_ value: Any, depth: Int) -> String {
    let name = "\(type(of: value))"
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .struct || mirror.displayStyle == .tuple,
        depth < fingerprintDepthMax, !mirror.children.isEmpty
    else { return name }
    let fields = mirror.children.map { label, field in
        "\(label ?? "_"): \(fieldsFingerprint(field, depth: depth + 1))"
    }
    return "\(name){\(fields.joined(separator: ", "))}"
}
#endif
