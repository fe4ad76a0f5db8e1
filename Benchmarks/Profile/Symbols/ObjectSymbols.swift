// Where the functions of a program lie: the symbol table of an ELF file, read as far as needed.
import Foundation

/// Addresses of a program's functions, as its file has them before it is loaded.
public struct ObjectSymbols: Sendable {
    /// Addresses by mangled name; names that stand for several functions are left out.
    public let addresses: [String: UInt64]
    /// All functions, ascending by address.
    let functions: [(address: UInt64, size: UInt64, name: String)]
    /// Loaded pieces: from where in the file, how long, and where in memory.
    let pieces: [(offset: UInt64, size: UInt64, address: UInt64)]

    /// Reads the tables of a 64-bit little-endian ELF file; nil if it is none.
    ///
    /// Source: System V ABI, chapters "Object Files" and "Program Loading" (ELF-64).
    public init?(path: String) {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        else { return nil }
        self.init(data)
    }

    init?(_ data: Data) {
        let reader = ByteReader(data)
        guard data.count >= 64, data.prefix(6).elementsEqual([0x7f, 0x45, 0x4c, 0x46, 2, 1]) else {
            return nil
        }
        let programs = Int(reader.number(at: 32, bytes: 8))
        let programSize = Int(reader.number(at: 54, bytes: 2))
        let programCount = Int(reader.number(at: 56, bytes: 2))
        pieces = (0..<programCount).compactMap { index in
            let start = programs + index * programSize
            guard reader.number(at: start, bytes: 4) == Self.load else { return nil }
            return (
                reader.number(at: start + 8, bytes: 8), reader.number(at: start + 32, bytes: 8),
                reader.number(at: start + 16, bytes: 8)
            )
        }
        let sections = Int(reader.number(at: 40, bytes: 8))
        let sectionSize = Int(reader.number(at: 58, bytes: 2))
        let sectionCount = Int(reader.number(at: 60, bytes: 2))
        var found: [(address: UInt64, size: UInt64, name: String)] = []
        // The full table, else that of what is exported.
        for wanted in [Self.symbolTable, Self.dynamicSymbolTable] where found.isEmpty {
            for index in 0..<sectionCount {
                let start = sections + index * sectionSize
                guard reader.number(at: start + 4, bytes: 4) == wanted else { continue }
                let link = sections + Int(reader.number(at: start + 40, bytes: 4)) * sectionSize
                found += Self.functions(
                    reader, table: Int(reader.number(at: start + 24, bytes: 8)),
                    byteCount: Int(reader.number(at: start + 32, bytes: 8)),
                    names: Int(reader.number(at: link + 24, bytes: 8)))
            }
        }
        functions = found.sorted { ($0.address, $0.name) < ($1.address, $1.name) }
        var byName: [String: UInt64] = [:]
        var ambiguous: Set<String> = []
        for function in functions {
            if let other = byName[function.name], other != function.address {
                ambiguous.insert(function.name)
            }
            byName[function.name] = function.address
        }
        for name in ambiguous { byName[name] = nil }
        addresses = byName
    }

    /// The function that covers an address, and how far into it that is.
    func function(at address: UInt64) -> (name: String, offset: UInt64)? {
        var low = 0
        var high = functions.count
        while low < high {
            let middle = (low + high) / 2
            if functions[middle].address <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let function = functions[low - 1]
        let offset = address - function.address
        return offset < max(function.size, 1) ? (function.name, offset) : nil
    }

    /// The address in memory, before relocation, of a place in the file.
    func address(ofFileOffset offset: UInt64) -> UInt64? {
        pieces.first { offset >= $0.offset && offset < $0.offset + $0.size }
            .map { $0.address + (offset - $0.offset) }
    }

    private static let load: UInt64 = 1
    private static let symbolTable: UInt64 = 2
    private static let dynamicSymbolTable: UInt64 = 11
    private static let function: UInt64 = 2

    private static func functions(
        _ reader: ByteReader, table: Int, byteCount: Int, names: Int
    ) -> [(address: UInt64, size: UInt64, name: String)] {
        stride(from: table, to: table + byteCount, by: 24).compactMap { start in
            // The kind is in the lower half of the byte `st_info`; undefined ones have no address.
            guard reader.number(at: start + 4, bytes: 1) & 0xf == function else { return nil }
            let address = reader.number(at: start + 8, bytes: 8)
            guard address != 0 else { return nil }
            let name = reader.text(at: names + Int(reader.number(at: start, bytes: 4)))
            return (address, reader.number(at: start + 16, bytes: 8), name)
        }
    }
}

/// Numbers and texts at places of a file; beyond its end there are zeros.
private struct ByteReader {
    private let data: Data

    init(_ data: Data) { self.data = data }

    func number(at offset: Int, bytes: Int) -> UInt64 {
        guard offset >= 0, offset + bytes <= data.count else { return 0 }
        var value: UInt64 = 0
        for index in 0..<bytes {
            value |= UInt64(data[data.startIndex + offset + index]) << UInt64(8 * index)
        }
        return value
    }

    func text(at offset: Int) -> String {
        guard offset >= 0, offset < data.count else { return "" }
        let start = data.startIndex + offset
        return String(decoding: data[start...].prefix { $0 != 0 }, as: UTF8.self)
    }
}
