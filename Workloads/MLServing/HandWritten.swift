// Serving and training as a competent programmer runs them on one thread: the line to beat.

/// The single-threaded loop without any runtime: a batch of requests, now and then a step of
/// training.
///
/// It assumes one thread, and that requests and examples come from memory.
public enum HandWritten {
    /// Runs the whole workload and returns its answer.
    public static func run(_ definition: Definition, _ data: Dataset) -> Answer {
        switch definition.network {
        case .digits: run(definition, data, Picture<64>.self)
        case .crayfish: run(definition, data, Picture<784>.self)
        }
    }

    private static func run<let pixelCount: Int>(
        _ definition: Definition, _ data: Dataset, _ picture: Picture<pixelCount>.Type
    ) -> Answer {
        let source = RequestSource(
            definition: definition, pictures: data.pictures(data.pixels, of: picture))
        let examples = ExampleSource(
            definition: definition, pictures: data.pictures(data.trainingPixels, of: picture),
            labels: data.trainingLabels)
        var model = Model(
            version: 0, network: Network(definition.network, seed: definition.seed),
            examplesDigest: 0)
        var examplesDigest: UInt64 = 0
        let trainer = Trainer(model.network, definition.images)
        let layers = Layers(definition.network, definition.images)
        let tally = ReplyTally(pictures: data.count)
        var answer = Answer()
        var trained: UInt64 = 0
        let batches = (definition.requests + definition.atomSize - 1) / definition.atomSize
        var asked: [Asked] = []
        for batch in 0..<batches {
            // As much training before each batch, so that the versions change on the way.
            let due = Double(definition.trainingAtoms) * Double(batch + 1) / Double(batches)
            while Double(trained) < due.rounded(.down) {
                let first = trained * UInt64(Definition.examplesPerAtom)
                for index in first..<(first + UInt64(Definition.examplesPerAtom)) {
                    let example = examples.event(at: index)
                    trainer.add(example.picture, label: example.label)
                    examplesDigest = digest(
                        of: example.picture, label: example.label, after: examplesDigest)
                }
                trainer.step()
                trained += 1
                if trained % Definition.atomsPerVersion == 0 {
                    model = Model(
                        version: UInt32(trained / Definition.atomsPerVersion),
                        network: trainer.network, examplesDigest: examplesDigest)
                    answer.models.append(model)
                }
            }
            let first = batch * definition.atomSize
            for index in first..<min(first + definition.atomSize, definition.requests) {
                let request = source.event(at: index)
                layers.set(row: asked.count, request.picture)
                asked.append(Asked(client: request.client, number: request.number))
            }
            model.network.infer(layers, count: asked.count)
            for (row, request) in asked.enumerated() {
                tally.count(
                    ServedReply(
                        client: request.client, number: request.number, version: model.version,
                        label: layers.label(row: row)), batch)
            }
            asked.removeAll(keepingCapacity: true)
        }
        for served in tally.served { answer.add(served) }
        answer.mixedSteps = tally.mixedSteps
        return answer
    }
}
