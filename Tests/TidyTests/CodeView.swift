// Swift code without its comments and the contents of its strings, line for line: what a rule about
// code may search without finding prose.

/// Removes comments and the contents of string literals; the line count stays.
///
/// Interpolations go with their string: the rules look for declarations and statements.
func codeOnly(_ text: String) -> [String] {
    var lines: [String] = [""]
    var scanner = CodeScanner(characters: Array(text))
    while let character = scanner.next() {
        if character == "\n" { lines.append("") } else { lines[lines.count - 1].append(character) }
    }
    return lines
}

/// Where the scanner is, between two characters.
private enum Place {
    case code
    case lineComment
    case blockComment(depth: Int)
    case string(pounds: Int, quotes: Int)
}

/// Walks Swift text and yields the characters of code and the ends of lines.
private struct CodeScanner {
    let characters: [Character]
    var index = 0
    var place = Place.code

    mutating func next() -> Character? {
        while index < characters.count {
            let character = characters[index]
            if character == "\n" {
                index += 1
                switch place {
                case .lineComment, .string(_, quotes: 1): place = .code
                case .code, .blockComment, .string: break
                }
                return character
            }
            switch place {
            case .code:
                if skip("//") {
                    place = .lineComment
                } else if skip("/*") {
                    place = .blockComment(depth: 1)
                } else if let opened = skipStringStart() {
                    place = opened
                    return "\""
                } else {
                    index += 1
                    return character
                }
            case .lineComment: index += 1
            case .blockComment(let depth):
                if skip("/*") {
                    place = .blockComment(depth: depth + 1)
                } else if skip("*/") {
                    place = depth == 1 ? .code : .blockComment(depth: depth - 1)
                } else {
                    index += 1
                }
            case .string(let pounds, let quotes):
                let end =
                    String(repeating: "\"", count: quotes)
                    + String(repeating: "#", count: pounds)
                if pounds == 0, character == "\\" {
                    index += 2
                } else if skip(end) {
                    place = .code
                    return "\""
                } else {
                    index += 1
                }
            }
        }
        return nil
    }

    /// Skips `token` if it stands here.
    private mutating func skip(_ token: String) -> Bool {
        guard characters[index...].starts(with: token) else { return false }
        index += token.count
        return true
    }

    /// Skips the start of a string literal if one stands here: pounds, then one quote or three.
    private mutating func skipStringStart() -> Place? {
        var pounds = 0
        while index + pounds < characters.count, characters[index + pounds] == "#" { pounds += 1 }
        guard index + pounds < characters.count, characters[index + pounds] == "\"" else {
            return nil
        }
        index += pounds
        if skip("\"\"\"") { return .string(pounds: pounds, quotes: 3) }
        index += 1
        return .string(pounds: pounds, quotes: 1)
    }
}
