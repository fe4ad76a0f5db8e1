// Comma-separated values as RFC 4180 writes them, on bytes: a CR LF is one Character in Swift.

/// Writing and reading of comma-separated records.
public enum CSV {
    /// One record of a file.
    public struct Record: Sendable, Equatable {
        public let fields: [String]
        /// Line of the file where the record starts, from 1.
        public let line: Int
        /// Whether a line end closed the record: the last of a torn file has none.
        public let isComplete: Bool
    }

    /// What `parse` found.
    public struct Records: Sendable, Equatable {
        public var records: [Record] = []
        /// Bytes up to and including the line end of the last complete record.
        public var completeByteCount = 0
    }

    /// A text that is no comma-separated file.
    public struct Malformed: Error, Sendable, Equatable {
        public let line: Int
        public let problem: String
    }

    /// One record as a line with its line end; fields that need quotes get them.
    public static func line(_ fields: [String]) -> String {
        // A record of one empty field would be an empty line, which readers skip: quote it.
        if fields == [""] { return "\"\"\n" }
        return fields.map(quoted).joined(separator: ",") + "\n"
    }

    private static func quoted(_ field: String) -> String {
        guard field.utf8.contains(where: { special.contains($0) }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }

    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let special = [quote, comma, newline, carriageReturn]

    /// Reads all records; lines end with LF or CR LF, the last may lack its end.
    ///
    /// An unclosed quote at the end of the text makes the last record incomplete, not an error:
    /// that is what a kill in the middle of a row leaves. Empty lines are skipped.
    public static func parse(_ text: String) throws(Malformed) -> Records {
        var scan = Scan(bytes: Array(text.utf8))
        while let record = try scan.next() {
            scan.result.records.append(record)
        }
        return scan.result
    }

    /// A position in the bytes of a file.
    private struct Scan {
        let bytes: [UInt8]
        var position = 0
        var line = 1
        var result = Records()

        init(bytes: [UInt8]) { self.bytes = bytes }

        /// The next record, or nil at the end.
        mutating func next() throws(Malformed) -> Record? {
            while position < bytes.count, endOfLine() {
                result.completeByteCount = position
            }
            guard position < bytes.count else { return nil }
            let start = line
            var fields: [String] = []
            while true {
                fields.append(try field())
                if position == bytes.count {
                    return Record(fields: fields, line: start, isComplete: false)
                }
                if endOfLine() {
                    result.completeByteCount = position
                    return Record(fields: fields, line: start, isComplete: true)
                }
                guard bytes[position] == comma else {
                    throw Malformed(line: line, problem: "text follows a closing quote")
                }
                position += 1
            }
        }

        /// Steps over a line end if there is one here.
        private mutating func endOfLine() -> Bool {
            if bytes[position] == newline {
                position += 1
            } else if bytes[position] == carriageReturn, position + 1 < bytes.count,
                bytes[position + 1] == newline
            {
                position += 2
            } else {
                return false
            }
            line += 1
            return true
        }

        private mutating func field() throws(Malformed) -> String {
            guard position < bytes.count, bytes[position] == quote else { return try bareField() }
            position += 1
            var content: [UInt8] = []
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                if byte == quote {
                    guard position < bytes.count, bytes[position] == quote else { break }
                    position += 1
                } else if byte == newline {
                    line += 1
                }
                content.append(byte)
            }
            return String(decoding: content, as: UTF8.self)
        }

        private mutating func bareField() throws(Malformed) -> String {
            let start = position
            while position < bytes.count, bytes[position] != comma, bytes[position] != newline {
                if bytes[position] == quote {
                    throw Malformed(line: line, problem: "a quote inside an unquoted field")
                }
                if bytes[position] == carriageReturn, position + 1 < bytes.count,
                    bytes[position + 1] == newline
                {
                    break
                }
                position += 1
            }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }
    }
}
