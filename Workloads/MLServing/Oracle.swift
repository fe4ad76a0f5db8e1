// What every right run of the ML-serving workload has in common.

/// Trains and predicts again, in its own plain loops, and says how a run differs.
///
/// It shares the requests, the examples and the first parameters with the run, and nothing else.
/// Which examples a version has seen, in which order, must agree exactly. Sums of floating-point
/// numbers depend on their order, so for the parameters it takes the versions that were published:
/// from each it goes the steps to the next itself, and compares within a bound; and it says itself
/// what each should have said, but where two classes are as likely within a bound.
public struct Oracle: Sendable {
    /// The run that is judged; the numbers of its requests and training atoms are what was taken
    /// in.
    public let definition: Definition
    let data: Dataset

    /// How far the parameters of a version may lie from those computed, of the way that training
    /// went since the version before. Rounding in another order comes to a millionth of it; but
    /// where it moves a value across the rectifier's bend, a gradient jumps, and what follows goes
    /// elsewhere: of 240 versions of the larger network three were off by a thousandth or more, and
    /// the worst seen by a thirtieth.
    static let driftMax = 0.1
    /// How far two values of the last layer may lie apart, of the largest, and count as equal.
    static let tie: Float = 1e-3

    /// Makes the oracle of a run.
    public init(_ definition: Definition, _ data: Dataset) {
        self.definition = definition
        self.data = data
    }

    /// Nil when the answer is right, else the first difference in words.
    ///
    /// - Cost: the training once more, and each version's answer to each picture: 2 operations a
    ///   parameter.
    public func check(_ answer: Answer) -> String? {
        checkRequests(answer) ?? checkOrder(answer) ?? checkTraining(answer)
            ?? checkPredictions(answer)
    }

    /// The share of the replies that named what the picture shows; nil without any.
    public func accuracy(_ answer: Answer) -> Double? {
        var right: UInt64 = 0
        var all: UInt64 = 0
        for served in answer.served.values {
            for (index, count) in served.counts.enumerated() {
                all += count
                if served.labels[index] == 1 << UInt16(data.labels[index]) { right += count }
            }
        }
        return all == 0 ? nil : Double(right) / Double(all)
    }

    private func checkRequests(_ answer: Answer) -> String? {
        var counts = [UInt64](repeating: 0, count: data.count)
        for index in 0..<definition.requests {
            counts[Int(definition.request(at: index, pictures: data.count).picture)] += 1
        }
        for (index, expected) in counts.enumerated() {
            let count = answer.served.values.reduce(0) { $0 + $1.counts[index] }
            if count != expected {
                return "\(count) replies about picture \(index), expected \(expected)"
            }
        }
        return nil
    }

    private func checkOrder(_ answer: Answer) -> String? {
        if answer.mixedSteps > 0 {
            return "\(answer.mixedSteps) atoms of replies mix two versions"
        }
        let versions = answer.served.values.sorted { $0.version < $1.version }
        for (older, newer) in zip(versions, versions.dropFirst())
        where older.lastStep >= newer.firstStep {
            return "version \(older.version) replied at step \(older.lastStep), after version "
                + "\(newer.version) at step \(newer.firstStep)"
        }
        let expected = definition.trainingAtoms / Definition.atomsPerVersion
        if answer.models.count != expected {
            return "\(answer.models.count) versions were published, expected \(expected)"
        }
        if let last = versions.last, last.version > expected {
            return "version \(last.version) replied, and \(expected) was the last"
        }
        return nil
    }

    func checkTraining(_ answer: Answer) -> String? {
        var start = Network(definition.network, seed: definition.seed)
        var examplesDigest: UInt64 = 0
        for (index, model) in answer.models.enumerated() {
            if model.version != index + 1 {
                return "version \(model.version) was published as number \(index + 1)"
            }
            var network = PlainNetwork(start, definition.images)
            let first = UInt64(index) * Definition.atomsPerVersion
            for atom in first..<(first + Definition.atomsPerVersion) {
                train(&network, atom, &examplesDigest)
            }
            if model.examplesDigest != examplesDigest {
                return "version \(model.version) has seen other examples, or in another order"
            }
            var way = 0.0
            var drift = 0.0
            for place in start.parameters.indices {
                let expected = Double(network.parameters[place])
                let moved = expected - Double(start.parameters[place])
                let missed = expected - Double(model.network.parameters[place])
                way += moved * moved
                drift += missed * missed
            }
            // Written so that a parameter that is no number fails too.
            if !(drift <= way * Self.driftMax * Self.driftMax) {
                return "version \(model.version) lies \((drift / way).squareRoot()) of its way "
                    + "from where its examples lead"
            }
            start = model.network
        }
        return nil
    }

    private func train(
        _ network: inout PlainNetwork, _ atom: UInt64, _ examplesDigest: inout UInt64
    ) {
        let first = atom * UInt64(Definition.examplesPerAtom)
        var batch: [(pixels: ArraySlice<UInt8>, label: UInt8)] = []
        for index in first..<(first + UInt64(Definition.examplesPerAtom)) {
            let place = definition.example(at: index, count: data.trainingLabels.count)
            let start = place * data.pixelCount
            var sum = UInt64(data.trainingLabels[place])
            for pixel in 0..<data.pixelCount {
                sum &+= UInt64(data.trainingPixels[start + pixel]) &* UInt64(2 * pixel + 1)
            }
            examplesDigest = splitMix64(seed: examplesDigest, index: sum)
            batch.append(
                (data.trainingPixels[start..<(start + data.pixelCount)], data.trainingLabels[place])
            )
        }
        network.step(batch)
    }

    func checkPredictions(_ answer: Answer) -> String? {
        for served in answer.served.values {
            let network =
                served.version == 0
                ? Network(definition.network, seed: definition.seed)
                : answer.models[Int(served.version) - 1].network
            let plain = PlainNetwork(network, definition.images)
            for (index, labels) in served.labels.enumerated() where labels != 0 {
                let start = index * data.pixelCount
                let values = plain.outputs(data.pixels[start..<(start + data.pixelCount)])
                let largest = values.max() ?? 0
                let tie = Self.tie * values.reduce(1) { max($0, abs($1)) }
                for (label, value) in values.enumerated()
                where labels >> label & 1 != 0 && !(value >= largest - tie) {
                    return "version \(served.version) said that picture \(index) shows \(label), "
                        + "which has \(value) of at most \(largest)"
                }
            }
        }
        return nil
    }
}
