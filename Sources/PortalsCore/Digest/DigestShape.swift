// Which bytes of an event are the same in every run: those that a digest takes in.
#if !hasFeature(Embedded)
@_spi(Reflection) import Swift
#endif

/// The parts of an event type that a digest takes in.
///
/// Taken in are integers, floating-point numbers, booleans, enums of one byte and strings, as they
/// are and as fields of structs and tuples. All else may differ between two runs that are alike:
/// padding holds what the memory held, a reference its address, an enum with payloads the rest of
/// an earlier one, a dictionary the order of its process. Of those only the events count.
///
/// Types are looked at by the reflection of the standard library, which says where each field lies;
/// a mirror would not. Embedded Swift has none: there only events and keys count.
///
/// - Cost: made once a type, node and partition, some microseconds.
@safe @usableFromInline
final class DigestShape: Sendable {
    /// Bytes of a field that are loaded at once; 0 for a string.
    private struct Field: Sendable {
        var offset: Int
        var byteCount: Int
    }

    private let fields: [Field]
    private let stride: Int

    private init(fields: [Field], stride: Int) {
        self.fields = fields
        self.stride = stride
    }

    /// The shape of a type.
    @usableFromInline
    static func of<Element>(_: Element.Type) -> DigestShape {
        #if hasFeature(Embedded)
        return DigestShape(fields: [], stride: MemoryLayout<Element>.stride)
        #else
        var found: [Field] = []
        collect(Holder<Element>.self, at: 0, into: &found)
        return DigestShape(fields: words(found), stride: MemoryLayout<Element>.stride)
        #endif
    }

    /// What the values of a chunk add to a digest. It depends on each field that is taken in, and
    /// on the place of its event; not on how events are cut into chunks.
    ///
    /// - Parameter position: events of the digest before these.
    func sum(_ values: UnsafeRawPointer, count: Int, from position: UInt64) -> UInt64 {
        var sum: UInt64 = 0
        for (number, field) in fields.enumerated() {
            let start = unsafe values + field.offset
            let place = EventDigest.place(position, column: number + 1)
            switch field.byteCount {
            case 8: sum &+= unsafe column(start, count, place, UInt64.self)
            case 4: sum &+= unsafe column(start, count, place, UInt32.self)
            case 2: sum &+= unsafe column(start, count, place, UInt16.self)
            case 1: sum &+= unsafe column(start, count, place, UInt8.self)
            default: sum &+= unsafe texts(start, count, place)
            }
        }
        return sum
    }

    private func column<Word: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ start: UnsafeRawPointer, _ count: Int, _ first: UInt64, _: Word.Type
    ) -> UInt64 {
        var sum: UInt64 = 0
        var place = first
        var offset = 0
        for _ in 0..<count {
            let word = unsafe start.loadUnaligned(fromByteOffset: offset, as: Word.self)
            sum &+= EventDigest.mix(UInt64(truncatingIfNeeded: word) &+ place)
            place &+= EventDigest.placeStep
            offset &+= stride
        }
        return sum
    }

    private func texts(_ start: UnsafeRawPointer, _ count: Int, _ first: UInt64) -> UInt64 {
        var sum: UInt64 = 0
        #if !hasFeature(Embedded)
        for index in 0..<count {
            let text = unsafe (start + index * stride).assumingMemoryBound(to: String.self).pointee
            var hash = first &+ UInt64(index) &* EventDigest.placeStep
            for byte in text.utf8 { hash = EventDigest.mix(hash &+ UInt64(byte) &+ 1) }
            sum &+= EventDigest.mix(hash)
        }
        #endif
        return sum
    }

    #if !hasFeature(Embedded)
    /// So that a type is looked at like a field, whatever it is.
    private struct Holder<Element> {
        var element: Element
    }

    /// All of their bytes are their value.
    private static let plain: [any Any.Type] = [
        Int.self, Int8.self, Int16.self, Int32.self, Int64.self, UInt.self, UInt8.self,
        UInt16.self, UInt32.self, UInt64.self, Float.self, Double.self, Bool.self,
    ]

    private static func collect(_ type: Any.Type, at offset: Int, into fields: inout [Field]) {
        unsafe _forEachField(of: type) { _, fieldOffset, fieldType, kind in
            let place = offset + fieldOffset
            if fieldType == String.self {
                fields.append(Field(offset: place, byteCount: 0))
            } else if plain.contains(where: { $0 == fieldType }) {
                fields.append(Field(offset: place, byteCount: byteCount(of: fieldType)))
            } else if kind == .enum {
                // One byte holds the case, and nothing else fits beside it.
                if byteCount(of: fieldType) == 1 {
                    fields.append(Field(offset: place, byteCount: 1))
                }
            } else if (kind == .struct || kind == .tuple) && fieldType != Substring.self
                && fieldType != String.Index.self
            {
                // Of the two left out, equal ones may have unequal bytes.
                collect(fieldType, at: place, into: &fields)
            }
            return true
        }
    }

    private static func byteCount(of type: Any.Type) -> Int {
        func size<Value>(_: Value.Type) -> Int { MemoryLayout<Value>.size }
        return _openExistential(type, do: size)
    }

    /// Fields side by side, as few loads as possible.
    private static func words(_ found: [Field]) -> [Field] {
        var runs: [Field] = []
        for field in found.sorted(by: { $0.offset < $1.offset }) {
            if let last = runs.last, last.byteCount > 0, field.byteCount > 0,
                last.offset + last.byteCount == field.offset
            {
                runs[runs.count - 1].byteCount += field.byteCount
            } else {
                runs.append(field)
            }
        }
        var words: [Field] = []
        for run in runs {
            if run.byteCount == 0 { words.append(run) }
            var offset = run.offset
            var left = run.byteCount
            while left > 0 {
                let width = [8, 4, 2, 1].first { $0 <= left } ?? 1
                words.append(Field(offset: offset, byteCount: width))
                offset += width
                left -= width
            }
        }
        return words
    }
    #endif
}
