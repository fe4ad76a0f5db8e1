// What the optimiser put into one another, taken apart by the line tables of the program: without
// that, most of a hot loop bears the name of the outermost function.
import Foundation

/// Which functions were inlined at a place of a program.
public struct InlineExpansion: Sendable {
    /// Who tells, as it stands in the output.
    public enum Method: String, Sendable, Codable {
        case llvmSymbolizer = "llvm-symbolizer"
        case addr2line = "addr2line"
        /// The outermost function that survived gets all that was inlined into it.
        case none

        /// In words, for the head of a table.
        public var meaning: String {
            switch self {
            case .llvmSymbolizer, .addr2line:
                "inlined functions are told apart by the program's line tables (\(rawValue)); "
                    + "what the optimiser mixed in one line goes to one of them"
            case .none:
                "inlined functions count for the function that they were put into: neither "
                    + "llvm-symbolizer (package llvm) nor addr2line (package binutils) was found"
            }
        }
    }

    /// A place in a program.
    struct Place: Hashable {
        var frame: RawFrame
        /// Where a call returns to, which is behind the call.
        var isReturn: Bool
    }

    public let method: Method
    /// Mangled names by place, the innermost first; the last is the function itself.
    private var names: [Place: [String]] = [:]

    /// Looks up all places that the samples came by; one run of the tool for each program.
    public init(_ script: PerfScript, tools: ToolPaths = ToolPaths()) {
        guard let tool = tools.symbolizer else {
            method = .none
            return
        }
        method = tool.method
        var places: [String: Set<Place>] = [:]
        for sample in script.samples {
            for (depth, index) in sample.frames.enumerated() {
                let frame = script.frames[index]
                let isSwift = frame.symbol.hasPrefix("$s") && frame.offset != nil
                guard isSwift || frame.fileOffset != nil else { continue }
                places[frame.object, default: []].insert(Place(frame: frame, isReturn: depth > 0))
            }
        }
        for (object, places) in places {
            guard let symbols = ObjectSymbols(path: object) else { continue }
            let known = places.compactMap { place -> (place: Place, address: UInt64)? in
                let back: UInt64 = place.isReturn ? 1 : 0
                if let offset = place.frame.offset {
                    return symbols.addresses[place.frame.symbol].map {
                        (place, $0 + offset - min(back, offset))
                    }
                }
                // Some closures have no symbol, and are known to the line tables only.
                return place.frame.fileOffset.flatMap { symbols.address(ofFileOffset: $0) }.map {
                    (place, $0 - back)
                }
            }
            let answers = Self.ask(tool, object, known.map(\.address))
            guard answers.count == known.count else { continue }
            for (question, answer) in zip(known, answers) { names[question.place] = answer }
        }
    }

    /// The mangled names of a frame, the innermost first, and which of them were inlined.
    func expanded(_ frame: RawFrame, isReturn: Bool) -> [(symbol: String, isInlined: Bool)] {
        let all = names[Place(frame: frame, isReturn: isReturn)] ?? []
        if frame.symbol == "[unknown]", let outermost = all.last, outermost != "??" {
            return all.dropLast().map { ($0, true) } + [(outermost, false)]
        }
        let inlined = all.dropLast()
        return inlined.map { ($0, true) } + [(frame.symbol, false)]
    }

    private static func ask(
        _ tool: (path: String, method: Method), _ object: String, _ addresses: [UInt64]
    ) -> [[String]] {
        let questions = addresses.map { "0x" + String($0, radix: 16) + "\n" }.joined()
        let arguments: [String]
        switch tool.method {
        case .llvmSymbolizer:
            arguments = [
                "--obj=\(object)", "--inlining", "--no-demangle", "--functions=linkage",
            ]
        case .addr2line: arguments = ["-e", object, "-f", "-i", "-a"]
        case .none: return []
        }
        guard let text = try? ToolRun.output(tool.path, arguments, input: questions) else {
            return []
        }
        return tool.method == .llvmSymbolizer ? blocks(text) : addressed(text)
    }

    /// Of `llvm-symbolizer`: function and place by turns, an empty line after each address.
    static func blocks(_ text: String) -> [[String]] {
        var blocks: [[String]] = []
        var lines: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if !line.isEmpty {
                lines.append(line)
            } else if !lines.isEmpty {
                blocks.append(stride(from: 0, to: lines.count, by: 2).map { String(lines[$0]) })
                lines = []
            }
        }
        return blocks
    }

    /// Of `addr2line -a`: a line with the address, then function and place by turns.
    static func addressed(_ text: String) -> [[String]] {
        var blocks: [[String]] = []
        var isName = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix("0x") {
                blocks.append([])
                isName = true
            } else if !blocks.isEmpty {
                if isName { blocks[blocks.count - 1].append(String(line)) }
                isName.toggle()
            }
        }
        return blocks
    }
}

/// Where the tools of the machine lie that a profile can be made with.
public struct ToolPaths: Sendable {
    private let folders: [String]

    /// Looks in the folders of `PATH`.
    public init(path: String? = ProcessInfo.processInfo.environment["PATH"]) {
        folders = (path ?? "/usr/bin:/bin").split(separator: ":").map(String.init)
    }

    /// The path of a program; nil if it is not installed.
    public func find(_ name: String) -> String? {
        folders.map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    var symbolizer: (path: String, method: InlineExpansion.Method)? {
        if let path = find("llvm-symbolizer") { return (path, .llvmSymbolizer) }
        return find("addr2line").map { ($0, .addr2line) }
    }
}

/// Another program, run to its end for what it prints.
public enum ToolRun {
    /// Standard output of a program.
    ///
    /// - Parameter input: what it reads.
    /// - Throws: `ProfileFault` with the end of what it said, if it fails.
    public static func output(
        _ path: String, _ arguments: [String], input: String = "",
        environment: [String: String]? = nil
    ) throws -> String {
        // Files in place of pipes: neither side waits for the other.
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("portals-tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func file(_ name: String, _ contents: String) throws -> FileHandle {
            let url = folder.appendingPathComponent(name)
            try Data(contents.utf8).write(to: url)
            return try FileHandle(forUpdating: url)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        if let environment { process.environment = environment }
        process.standardInput = try file("input", input)
        process.standardOutput = try file("output", "")
        process.standardError = try file("errors", "")
        try process.run()
        process.waitUntilExit()
        func text(_ name: String) throws -> String {
            String(
                decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
        }
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            let said = try text("errors").split(separator: "\n").suffix(3).joined(separator: " · ")
            throw ProfileFault(
                "\(path) \(arguments.first ?? "") ended with status "
                    + "\(process.terminationStatus): \(said)")
        }
        return try text("output")
    }
}
