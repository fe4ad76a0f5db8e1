// Runs one hot shape for a number of events, so that callgrind can count its instructions:
// `HotShapes <shape> <events>` prints the answer, `HotShapes --list` the names.
// A count for n events less a count for m events holds no start-up: that difference is guarded.

/// One loop of the hot path, run alone.
struct Shape: Sendable {
    /// The name in `thresholds.csv` and on the command line.
    let name: String
    /// Runs the shape for that many events and returns an answer that depends on each of them.
    let run: @Sendable (_ events: Int) -> UInt64
}

@main
enum HotShapes {
    /// Every shape that `thresholds.csv` has a row for, in its order. Add new ones here.
    static let shapes: [Shape] = [
        Shape(name: "hand-loop", run: handLoop),
        Shape(name: "group-match", run: groupMatch),
        Shape(name: "ring-push-pop", run: ringPushPop),
        Shape(name: "table-update", run: tableUpdate),
        Shape(name: "flow-chain", run: flowChain),
        Shape(name: "keyed-count-struct", run: keyedCountStruct),
        Shape(name: "keyed-count-closure", run: keyedCountClosure),
        Shape(name: "digests-none", run: digestsNone),
        Shape(name: "digests-default", run: digestsDefault),
        Shape(name: "digests-all", run: digestsAll),
        Shape(name: "account-64", run: accountDefault),
        Shape(name: "ask-reply", run: askReply),
        Shape(name: "small-step", run: smallStep),
        Shape(name: "small-step-2-workers", run: smallStepTwoWorkers),
        Shape(name: "round-trip-2-workers", run: roundTripTwoWorkers),
    ]

    /// Atoms of this many events, the default of the runtime: what is done once an atom weighs a
    /// thousandth of what is done for each event.
    static let atomSize = 1024

    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.first == "--list" {
            for shape in shapes { print(shape.name) }
            return
        }
        guard arguments.count == 2, let name = arguments.first,
            let events = arguments.last.flatMap({ Int($0) }), events >= 0
        else { refuse("usage: HotShapes <shape> <events> | --list") }
        guard let shape = shapes.first(where: { $0.name == name }) else {
            refuse("no shape '\(name)'; known: \(shapes.map(\.name).joined(separator: ", "))")
        }
        print(shape.run(events))
    }
}
