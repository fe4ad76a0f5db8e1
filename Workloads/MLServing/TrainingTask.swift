// The task that trains: a step of descent an atom, a version every so many.
import Portals

/// Learns from the examples of each atom, and publishes what it has learned.
struct TrainingTask<let pixelCount: Int>: TaskBody {
    typealias Input = Example<pixelCount>
    typealias Output = Model

    private let trainer: Trainer
    /// Steps so far.
    private var steps: UInt64 = 0
    /// Of the examples so far.
    private var examplesDigest: UInt64 = 0
    /// The atom has brought examples.
    private var hasExamples = false

    init(_ network: Network, _ images: ImageForm) { trainer = Trainer(network, images) }

    mutating func onEvent(
        _ example: Example<pixelCount>, _ state: inout Void, _ task: inout Context
    ) {
        trainer.add(example.picture, label: example.label)
        examplesDigest = digest(of: example.picture, label: example.label, after: examplesDigest)
        hasExamples = true
    }

    mutating func onAtomComplete(_ task: inout Context) {
        if !hasExamples { return }
        hasExamples = false
        trainer.step()
        steps += 1
        let (version, rest) = steps.quotientAndRemainder(dividingBy: Definition.atomsPerVersion)
        if rest > 0 { return }
        task.emit(
            Model(
                version: UInt32(truncatingIfNeeded: version), network: trainer.network,
                examplesDigest: examplesDigest), key: 0)
    }
}

extension TrainingTask: StoredState {
    func store(into bytes: inout StateBytes) {
        bytes.append(steps)
        bytes.append(examplesDigest)
        trainer.images.store(into: &bytes)
        trainer.network.store(into: &bytes)
    }

    init(from bytes: inout StateBytes.Reader) throws(RecordError) {
        let steps = try bytes.read(UInt64.self)
        let examplesDigest = try bytes.read(UInt64.self)
        let images = try ImageForm(from: &bytes)
        self.init(try Network(from: &bytes), images)
        self.steps = steps
        self.examplesDigest = examplesDigest
    }
}
