// JSON as a value: environments of every schema version are shown from it, exports are made of it.
import Foundation

/// Any JSON document.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number; whole ones up to 2^53 are exact.
    case number(Double)
    /// A whole number that a `Double` may not hold.
    case integer(UInt64)
    case string(String)
    case array([JSONValue])
    /// Members by name; they are written in the order of their names.
    case object([String: JSONValue])

    /// The member of an object; nil for anything else and where there is none.
    public subscript(_ name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// Reads a document; nil if it is none.
    public init?(text: String) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else {
            return nil
        }
        self = value
    }

    /// The document, members in the order of their names, two spaces for each level.
    public var text: String {
        var output = ""
        write(to: &output, indentation: "")
        return output + "\n"
    }

    private func write(to output: inout String, indentation: String) {
        let inner = indentation + "  "
        switch self {
        case .null: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        // JSON has no infinity: what is not finite was not measured.
        case .number(let value): output += value.isFinite ? Self.digits(value) : "null"
        case .integer(let value): output += "\(value)"
        case .string(let value): output += Self.quoted(value)
        case .array(let values):
            if values.isEmpty {
                output += "[]"
                return
            }
            output += "["
            for (index, value) in values.enumerated() {
                output += (index > 0 ? "," : "") + "\n" + inner
                value.write(to: &output, indentation: inner)
            }
            output += "\n\(indentation)]"
        case .object(let members):
            if members.isEmpty {
                output += "{}"
                return
            }
            output += "{"
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                output += (index > 0 ? "," : "") + "\n" + inner + Self.quoted(member.key) + ": "
                member.value.write(to: &output, indentation: inner)
            }
            output += "\n\(indentation)}"
        }
    }

    /// A number without a fraction where it has none.
    static func digits(_ value: Double) -> String {
        let isWhole = value == value.rounded() && value.magnitude < 9e15
        return isWhole ? "\(Int64(value))" : "\(value)"
    }

    private static func quoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }
}

extension JSONValue: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(UInt64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let values = try? container.decode([JSONValue].self) {
            self = .array(values)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }
}
