// The profile that jemalloc writes: which stacks allocated, how many blocks and bytes.
import Foundation

/// A dump of jemalloc's profiler.
public struct HeapProfile: Sendable, Equatable {
    /// What one stack allocated while the profiler was on, scaled up from what was looked at.
    struct Site: Sendable, Equatable {
        /// Return addresses, the innermost first.
        var addresses: [UInt64]
        var blocks: Double
        var bytes: Double
    }

    /// A piece of a file in memory.
    struct Mapping: Sendable, Equatable {
        var start: UInt64
        var end: UInt64
        var offset: UInt64
        var path: String
    }

    let sites: [Site]
    let mappings: [Mapping]

    /// Reads the format `heap_v2` with accumulated counts (`prof_accum:true`).
    ///
    /// Each stack is followed by a line `t*: live: bytes [all: bytes]`. Of a block of `s` bytes one
    /// in `1 / (1 - exp(-s / rate))` was looked at, so that many stand for it: jemalloc(3), and
    /// `AdjustSamples` of jeprof.
    ///
    /// - Throws: `ProfileFault` if it is something else.
    public init(text: String) throws(ProfileFault) {
        let lines = text.split(separator: "\n")
        guard let head = lines.first, head.hasPrefix("heap_v2/"),
            let rate = Double(head.dropFirst("heap_v2/".count)), rate > 0
        else {
            throw ProfileFault(
                "that is no profile of jemalloc in the form heap_v2: it begins with "
                    + "'\(lines.first?.prefix(40) ?? "")'")
        }
        var sites: [Site] = []
        var mappings: [Mapping] = []
        var addresses: [UInt64]?
        for line in lines {
            let words = line.split(whereSeparator: { " :[]\t".contains($0) })
            if line.hasPrefix("@") {
                addresses = words.dropFirst().compactMap {
                    UInt64($0.dropFirst(2), radix: 16)
                }
            } else if words.first == "t*", let stack = addresses, words.count == 5,
                let blocks = Double(words[3]), let bytes = Double(words[4])
            {
                addresses = nil
                guard blocks > 0 else { continue }
                let scale = 1 / (1 - exp(-bytes / blocks / rate))
                sites.append(
                    Site(addresses: stack, blocks: blocks * scale, bytes: bytes * scale))
            } else if let mapping = Self.mapping(line) {
                mappings.append(mapping)
            }
        }
        self.sites = sites
        self.mappings = mappings
    }

    /// A line of `/proc/self/maps` that can be executed: `start-end r-xp offset dev inode path`.
    private static func mapping(_ line: Substring) -> Mapping? {
        let words = line.split(separator: " ", maxSplits: 5)
        guard words.count == 6, words[1].contains("x") else { return nil }
        let range = words[0].split(separator: "-")
        guard range.count == 2, let start = UInt64(range[0], radix: 16),
            let end = UInt64(range[1], radix: 16), let offset = UInt64(words[2], radix: 16)
        else { return nil }
        return Mapping(
            start: start, end: end, offset: offset,
            path: String(words[5].drop { $0 == " " }))
    }

    /// Blocks in all, scaled up.
    public var blocks: Double { sites.reduce(0) { $0 + $1.blocks } }

    /// The stacks with the bytes that they allocated, as samples that can be named.
    public var samples: PerfScript {
        var objects: [String: ObjectSymbols?] = [:]
        var frames: [RawFrame] = []
        var places: [UInt64: Int] = [:]
        var samples: [RawSample] = []
        for site in sites {
            var stack: [Int] = []
            for address in site.addresses {
                if let place = places[address] {
                    stack.append(place)
                    continue
                }
                places[address] = frames.count
                stack.append(frames.count)
                frames.append(frame(address, &objects))
            }
            samples.append(
                RawSample(thread: "allocations", weight: UInt64(site.bytes), frames: stack))
        }
        return PerfScript(frames: frames, samples: samples)
    }

    private func frame(_ address: UInt64, _ objects: inout [String: ObjectSymbols?]) -> RawFrame {
        // One back: an address that a call returns to may be that of the next function.
        let inside = address &- 1
        guard let mapping = mappings.first(where: { $0.start <= inside && inside < $0.end }) else {
            return RawFrame(symbol: "[unknown]", offset: nil, object: "[unknown]")
        }
        if objects[mapping.path] == nil {
            objects[mapping.path] = .some(ObjectSymbols(path: mapping.path))
        }
        let symbols = objects[mapping.path] ?? nil
        guard let symbols,
            let place = symbols.address(ofFileOffset: inside - mapping.start + mapping.offset),
            let function = symbols.function(at: place)
        else { return RawFrame(symbol: "[unknown]", offset: nil, object: mapping.path) }
        return RawFrame(symbol: function.name, offset: function.offset, object: mapping.path)
    }
}
