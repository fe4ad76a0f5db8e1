// The tasks that ask and serve: clients, and the classifier.
import Portals

/// Asks what each picture shows, and hands on what it is told.
struct Client<let pixelCount: Int>: AskingBody, StatelessBody {
    typealias Input = MLServing.Request<pixelCount>
    typealias Output = ServedReply
    typealias Memory = Asked
    typealias Answer = Prediction
    static var handlesAtomComplete: Bool { false }

    let classify: Portal<MLServing.Request<pixelCount>, Prediction>

    mutating func onEvent(
        _ request: MLServing.Request<pixelCount>, _ state: inout Void, _ task: inout Context
    ) {
        task.ask(
            classify, request,
            remembering: Asked(client: request.client, number: request.number))
    }

    mutating func onReply(
        _ prediction: Prediction, _ asked: Asked, _ state: inout Void, _ task: inout Context
    ) {
        task.emit(
            ServedReply(
                client: asked.client, number: asked.number, version: prediction.version,
                label: prediction.label))
    }
}

/// Answers the requests of an atom together, by the newest model: one matrix product a layer for
/// all of them, or for each block of a large atom.
struct Classifier<let pixelCount: Int>: TaskBody {
    typealias Input = Model
    typealias Output = Never
    typealias Request = MLServing.Request<pixelCount>
    typealias Reply = Prediction

    private var model: Model
    private let images: ImageForm
    private let layers: Layers
    private var waiting: [DeferredReply<Prediction>] = []

    /// Rows of a product: enough for its full speed, and the inputs of the larger network still fit
    /// the second-level cache (200 kB).
    private static var blockSize: Int { 64 }

    init(_ model: Model, _ images: ImageForm) {
        self.model = model
        self.images = images
        layers = Layers(model.network.form, images)
    }

    mutating func onEvent(_ model: Model, _ state: inout Void, _ task: inout Context) {
        self.model = model
    }

    mutating func onRequest(_ request: Request, _ state: inout Void, _ task: inout Context) {
        layers.set(row: waiting.count, request.picture)
        waiting.append(task.deferReply())
        if waiting.count == Self.blockSize { answer(&task) }
    }

    mutating func onAtomComplete(_ task: inout Context) {
        if !waiting.isEmpty { answer(&task) }
    }

    private mutating func answer(_ task: inout Context) {
        model.network.infer(layers, count: waiting.count)
        for row in 0..<waiting.count {
            task.reply(
                Prediction(version: model.version, label: layers.label(row: row)),
                to: waiting[row])
        }
        waiting.removeAll(keepingCapacity: true)
    }
}

extension Classifier: StoredState {
    func store(into bytes: inout StateBytes) {
        images.store(into: &bytes)
        model.store(into: &bytes)
    }

    init(from bytes: inout StateBytes.Reader) throws(RecordError) {
        let images = try ImageForm(from: &bytes)
        self.init(try Model(from: &bytes), images)
    }
}
