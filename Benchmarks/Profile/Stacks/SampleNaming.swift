// From raw samples to folded stacks: inlined functions told apart, names made readable.
import Foundation

/// Names the frames of samples.
public struct SampleNaming {
    private let script: PerfScript
    private let inlines: InlineExpansion
    /// Names of a frame, outermost first, by its place and whether a call returns to it.
    private var names: [InlineExpansion.Place: [String]] = [:]
    private var shortNames: [String: String] = [:]

    /// Marks a function that was put into the one before it, and one of the kernel.
    public static let inlinedMark = "_[i]"
    public static let kernelMark = "_[k]"

    /// The names of `script`'s frames.
    public init(_ script: PerfScript, inlines: InlineExpansion) {
        self.script = script
        self.inlines = inlines
    }

    /// All samples, each stack below the name of its thread.
    public mutating func folded() -> FoldedStacks {
        var stacks = FoldedStacks()
        for sample in script.samples {
            var stack = [sample.thread]
            for depth in sample.frames.indices.reversed() {
                stack += frame(script.frames[sample.frames[depth]], isReturn: depth > 0)
            }
            stacks.add(Self.legible(stack), weight: sample.weight)
        }
        return stacks
    }

    /// Without frames that only pass a call on, unless the time is spent there; and once only where
    /// a function stands below itself: a thunk and what it calls have the same name.
    static func legible(_ stack: [String]) -> [String] {
        var result: [String] = []
        for (index, name) in stack.enumerated() {
            let isLast = index == stack.count - 1
            if !isLast, passing.contains(where: name.hasPrefix) { continue }
            // The same loop, with an account or a journal: else a profile with one of them could
            // not be held against one without.
            let isStep = steps.contains(where: name.hasPrefix)
            let name = isStep ? "Worker.step()" : name
            if result.last != name { result.append(name) }
        }
        return result
    }

    private static let passing = [
        "WorkerAccount.", "Uncounted.with(", "reabstraction thunk", "Worker.work(", "Worker.act(",
        "Worker.handOver(",
    ]

    private static let steps = ["Worker.timedStep(", "Worker.accompaniedStep("]

    private mutating func frame(_ frame: RawFrame, isReturn: Bool) -> [String] {
        let place = InlineExpansion.Place(frame: frame, isReturn: isReturn)
        if let known = names[place] { return known }
        let named = inlines.expanded(frame, isReturn: isReturn).reversed().map { part in
            part.isInlined
                ? short(part.symbol) + Self.inlinedMark
                : Self.name(frame, part.symbol, short: short(part.symbol))
        }
        names[place] = named
        return named
    }

    private mutating func short(_ symbol: String) -> String {
        if let known = shortNames[symbol] { return known }
        let name = Demangler.shortName(symbol)
        shortNames[symbol] = name
        return name
    }

    private static func name(_ frame: RawFrame, _ symbol: String, short: String) -> String {
        if frame.isKernel { return short + kernelMark }
        if symbol != "[unknown]" { return short }
        // Without a symbol, the library is all that is known.
        let file = frame.object.split(separator: "/").last.map(String.init) ?? frame.object
        return file.hasPrefix("[") ? file : "[\(file)]"
    }
}
