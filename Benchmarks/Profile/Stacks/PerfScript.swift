// Samples as `perf script` prints them: a line that says whose and when, and the stack below it.

/// One frame of a sampled stack, as the profiler names it.
public struct RawFrame: Sendable, Hashable {
    /// The mangled name, or `[unknown]`.
    public var symbol: String
    /// Bytes from the symbol's start; nil where there is no symbol.
    public var offset: UInt64?
    /// Path of the program or library, or `[kernel.kallsyms]`.
    public var object: String
    /// Of a frame without a symbol: where it lies in the object's file, if that is known.
    public var fileOffset: UInt64?

    /// A frame.
    public init(symbol: String, offset: UInt64?, object: String, fileOffset: UInt64? = nil) {
        self.symbol = symbol
        self.offset = offset
        self.object = object
        self.fileOffset = fileOffset
    }

    /// It is the kernel's.
    public var isKernel: Bool { object.hasPrefix("[kernel") || object.hasSuffix(".ko") }
}

/// One sample.
public struct RawSample: Sendable, Equatable {
    /// Name of the thread.
    public var thread: String
    /// What it stands for: nanoseconds of a processor, with the event `cpu-clock`.
    public var weight: UInt64
    /// The stack, as places in ``PerfScript/frames``, the innermost first.
    public var frames: [Int]
}

/// The samples of a run.
public struct PerfScript: Sendable {
    /// What `perf script` is told to print, for ``init(text:)`` to read.
    public static let arguments = [
        "script", "--no-inline", "--show-mmap-events", "--fields",
        "comm,tid,time,period,event,ip,sym,symoff,dso",
    ]

    /// All frames that occur, each once.
    public private(set) var frames: [RawFrame] = []
    public private(set) var samples: [RawSample] = []
    /// Pieces of files in memory, by file.
    private var mappings: [Substring: [(start: UInt64, size: UInt64, offset: UInt64)]] = [:]
    /// Lines that are neither a sample nor a frame.
    public private(set) var unreadLines = 0

    /// Samples from elsewhere.
    init(frames: [RawFrame], samples: [RawSample]) {
        self.frames = frames
        self.samples = samples
    }

    /// Reads the text that `perf script` printed.
    public init(text: String) {
        // Most frames come again and again, with the same line.
        var known: [Substring: Int] = [:]
        var isOpen = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                isOpen = false
            } else if line.first == "\t" || line.first == " " {
                guard isOpen else {
                    unreadLines += 1
                    continue
                }
                if let place = known[line] {
                    samples[samples.count - 1].frames.append(place)
                } else if let frame = frame(line) {
                    known[line] = frames.count
                    samples[samples.count - 1].frames.append(frames.count)
                    frames.append(frame)
                } else {
                    unreadLines += 1
                }
            } else if line.contains(" PERF_RECORD_MMAP") {
                isOpen = false
                note(mapping: line)
            } else if let sample = Self.header(line) {
                samples.append(sample)
                isOpen = true
            } else {
                isOpen = false
                unreadLines += 1
            }
        }
    }

    /// `portals-0  4711 12.345678:  1001001 cpu-clock:pppH: `; a thread's name may have blanks.
    private static func header(_ line: Substring) -> RawSample? {
        let words = line.split(separator: " ")
        guard words.count >= 5, let event = words.last, event.hasSuffix(":"),
            let weight = UInt64(words[words.count - 2]),
            words[words.count - 3].hasSuffix(":"), UInt64(words[words.count - 4]) != nil
        else { return nil }
        return RawSample(
            thread: words.dropLast(4).joined(separator: " "), weight: weight, frames: [])
    }

    /// `… PERF_RECORD_MMAP2 7/7: [0x55d0(0x300) @ 0x152 fe:01 42 0]: r-xp /usr/bin/program`.
    private mutating func note(mapping line: Substring) {
        guard let open = line.lastIndex(of: "["), let close = line.lastIndex(of: "]") else {
            return
        }
        let words = line[line.index(after: open)..<close].split { " ()".contains($0) }
        let behind = line[close...].split(separator: " ", maxSplits: 2)
        guard words.count >= 4, words[2] == "@", behind.count == 3, behind[1].contains("x"),
            let start = UInt64(words[0].dropFirst(2), radix: 16),
            let size = UInt64(words[1].dropFirst(2), radix: 16),
            let offset = words[3] == "0" ? 0 : UInt64(words[3].dropFirst(2), radix: 16)
        else { return }
        mappings[behind[2], default: []].append((start, size, offset))
    }

    /// `    55d0a8b1c2d4 $s4main3runyyF+0x34 (/usr/bin/program)`.
    private func frame(_ line: Substring) -> RawFrame? {
        let text = line.drop { $0 == " " || $0 == "\t" }
        guard let blank = text.firstIndex(of: " "),
            let address = UInt64(text[..<blank], radix: 16), text.last == ")",
            let open = text.ranges(of: " (").last(where: {
                !text[$0.upperBound...].hasPrefix("deleted")
            })
        else { return nil }
        let object = String(text[open.upperBound...].dropLast())
        let name = text[text.index(after: blank)...].prefix(upTo: open.lowerBound)
        guard let plus = name.ranges(of: "+0x").last,
            let offset = UInt64(name[plus.upperBound...], radix: 16)
        else {
            let piece = mappings[object[...]]?.last {
                address >= $0.start && address - $0.start < $0.size
            }
            return RawFrame(
                symbol: String(name), offset: nil, object: object,
                fileOffset: piece.map { address - $0.start + $0.offset })
        }
        return RawFrame(symbol: String(name[..<plus.lowerBound]), offset: offset, object: object)
    }
}
