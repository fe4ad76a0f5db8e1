// A demangled name cut down to what a reader looks for: which function of which type, compiled for
// which of the user's types.

/// The parts of a demangled Swift name that are worth the room.
///
/// `generic specialization <serialized, KeyedCount.CountTask> of PortalsCore.TaskPart.finish(
/// Swift.UInt64) -> ()` becomes `TaskPart.finish(_:) [CountTask]`.
public struct SymbolName: Sendable, Equatable {
    /// Type and function with the labels of its parameters; the module only of users' code.
    public private(set) var entity: String
    /// The closure within it, such as `closure #1`; empty where it is the function itself.
    public private(set) var closure = ""
    /// The types that it is compiled for, without their modules.
    public private(set) var types: [String] = []

    /// Entity, closure, types.
    public var text: String {
        var text = entity
        if !closure.isEmpty { text += " " + closure }
        if !types.isEmpty { text += " [" + types.joined(separator: ", ") + "]" }
        return text
    }

    /// Modules whose names say nothing more to the reader of a profile.
    static let ownModules: Set<String> = [
        "PortalsCore", "Portals", "Platform", "CPlatform", "Swift", "Synchronization", "Glibc",
        "Foundation", "FoundationEssentials", "Harness", "Baselines", "PortalsCommand",
    ]

    /// Takes a name apart as `swift_demangle` writes it.
    public init(demangled: String) {
        var rest = Substring(demangled)
        var closure = ""
        var types: [String] = []
        var goesOn = true
        while goesOn {
            goesOn = false
            for prefix in Self.prefixes where rest.hasPrefix(prefix) {
                rest = rest.dropFirst(prefix.count)
                goesOn = true
            }
            if let (list, after) = Self.specialization(rest) {
                if types.isEmpty { types = list }
                rest = after
                goesOn = true
            }
            if let (name, after) = Self.closure(rest) {
                if closure.isEmpty { closure = name }
                rest = after
                goesOn = true
            }
            if rest.hasPrefix("protocol witness for "),
                let end = Self.range(of: " in conformance ", in: rest)
            {
                rest = rest.dropFirst("protocol witness for ".count)[..<end.lowerBound]
                goesOn = true
            }
        }
        self.closure = closure
        self.types = types
        if rest.hasPrefix("reabstraction thunk") {
            entity = "reabstraction thunk"
        } else {
            entity = Self.entity(rest)
        }
    }

    private static let prefixes = [
        "merged ", "partial apply forwarder for ", "dispatch thunk of ", "static ", "@objc ",
        "implicit ", "protocol witness for default ",
    ]

    /// `generic specialization <serialized, A.B> of X`: the types, and X.
    private static func specialization(_ text: Substring) -> (types: [String], rest: Substring)? {
        let kinds = ["generic ", "function signature ", "inlined generic function "]
        guard kinds.contains(where: text.hasPrefix), let open = text.firstIndex(of: "<"),
            let close = matching(text, from: open)
        else { return nil }
        // Nothing but such words may stand before the bracket: else it is that of a name.
        guard text[..<open].allSatisfy({ $0.isLowercase || $0 == " " || $0 == "-" }) else {
            return nil
        }
        let after = text[text.index(after: close)...]
        guard after.hasPrefix(" of ") else { return nil }
        let rest = after.dropFirst(4)
        if text.hasPrefix("function signature ") { return ([], rest) }
        let list = split(text[text.index(after: open)..<close])
            .filter { $0 != "serialized" }.map { typeName($0) }
        return (list, rest)
    }

    /// `closure #4 (A) -> () in X`: the closure's name, and X.
    private static func closure(_ text: Substring) -> (name: String, rest: Substring)? {
        guard text.hasPrefix("closure #"), let end = range(of: " in ", in: text) else { return nil }
        let number = text.dropFirst("closure #".count).prefix { $0.isNumber }
        return ("closure #\(number)", text[end.upperBound...])
    }

    /// Type, function and labels of what is left.
    private static func entity(_ text: Substring) -> String {
        var text = text
        if text.hasPrefix("(extension in "), let close = matching(text, from: text.startIndex) {
            text = text[text.index(after: close)...].drop { $0 == ":" }
        }
        for stop in [" -> ", " : ", " throws", " async"] {
            if let end = range(of: stop, in: text) { text = text[..<end.lowerBound] }
        }
        let words = text.split(separator: " ", maxSplits: 1)
        // `outlined destroy of X`, `type metadata accessor for X`: words before the name.
        if words.count > 1, words[0].allSatisfy({ $0.isLowercase }) { return String(text) }
        return withoutModule(cut(text))
    }

    /// Drops lists of generic parameters, keeps of parameters their labels, and of private names
    /// the name.
    private static func cut(_ text: Substring) -> String {
        var result = ""
        var index = text.startIndex
        while index < text.endIndex {
            let character = text[index]
            if character == "<", !result.isEmpty, result.last != ".",
                let close = matching(text, from: index)
            {
                index = text.index(after: close)
            } else if character == "(", let close = matching(text, from: index) {
                let inner = text[text.index(after: index)..<close]
                index = text.index(after: close)
                if let name = range(of: " in _", in: inner) {
                    result += inner[..<name.lowerBound]
                } else {
                    result += "(" + labels(inner) + ")"
                }
            } else {
                result.append(character)
                index = text.index(after: index)
            }
        }
        return result
    }

    private static func labels(_ parameters: Substring) -> String {
        split(parameters).map { parameter in
            let label = parameter.prefix { $0 != ":" && $0 != " " && $0 != "." && $0 != "<" }
            let isLabel = parameter.dropFirst(label.count).hasPrefix(": ")
            return isLabel ? "\(label):" : "_:"
        }.joined()
    }

    private static func withoutModule(_ path: String) -> String {
        guard let dot = path.firstIndex(of: "."), ownModules.contains(String(path[..<dot])) else {
            return path
        }
        return String(path[path.index(after: dot)...])
    }

    /// `Sagas.SagaRun<SagaWorkload.Order>` becomes `SagaRun`.
    private static func typeName(_ type: Substring) -> String {
        let plain = cut(type)
        let end = plain.prefix { $0 != "(" && $0 != " " }
        return String(end.split(separator: ".").last ?? Substring(plain))
    }

    // MARK: Brackets

    /// The places of `text` with how many brackets are open there. The `>` of an arrow closes none.
    private static func depths(
        _ text: Substring, _ visit: (Substring.Index, _ depth: Int) -> Bool
    ) {
        var depth = 0
        var previous: Character = " "
        for index in text.indices {
            let character = text[index]
            if "([<".contains(character) {
                depth += 1
            } else if ")]".contains(character) || character == ">" && previous != "-" {
                depth -= 1
            }
            if !visit(index, depth) { return }
            previous = character
        }
    }

    /// The bracket that closes the one at `open`.
    private static func matching(
        _ text: Substring, from open: Substring.Index
    ) -> Substring.Index? {
        var found: Substring.Index?
        depths(text[open...]) { index, depth in
            if depth == 0 { found = index }
            return found == nil
        }
        return found
    }

    /// The first place of `word` outside of all brackets.
    private static func range(of word: String, in text: Substring) -> Range<Substring.Index>? {
        var found: Range<Substring.Index>?
        depths(text) { index, depth in
            if depth == 0, text[index...].hasPrefix(word) {
                found = index..<text.index(index, offsetBy: word.count)
            }
            return found == nil
        }
        return found
    }

    /// The parts between commas outside of all brackets, without blanks around them.
    private static func split(_ text: Substring) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        depths(text) { index, depth in
            if depth == 0, text[index] == "," {
                parts.append(text[start..<index])
                start = text.index(after: index)
            }
            return true
        }
        if start < text.endIndex { parts.append(text[start...]) }
        return parts.map { $0.drop { $0 == " " } }
    }
}
