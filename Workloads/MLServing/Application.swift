// The workload as a Portals application: training publishes, a portal serves, clients ask.
import Portals

extension Definition {
    /// Where the requests' atoms are counted.
    public static let requestsPath = "/ml-serving/workflows/clients"
    /// Where the atoms of examples are counted.
    public static let trainingPath = "/ml-serving/workflows/training"

    /// The workload as a Portals application.
    public func application(_ results: Results, _ load: Load = .offline) -> Application {
        switch network {
        case .digits: application(results, load, Picture<64>.self)
        case .crayfish: application(results, load, Picture<784>.self)
        }
    }

    private func application<let pixelCount: Int>(
        _ results: Results, _ load: Load, _ picture: Picture<pixelCount>.Type
    ) -> Application {
        let data = results.data
        let untrained = Network(network, seed: seed)
        return Application("ml-serving") { app in
            let classify = app.portal(
                "classify", asking: Request<pixelCount>.self, replying: Prediction.self,
                keyedBy: { Key($0.client) })

            let examples = app.generator(
                "examples",
                ExampleSource(
                    definition: self,
                    pictures: data.pictures(data.trainingPixels, of: picture),
                    labels: data.trainingLabels),
                count: trainingAtoms == .max
                    ? nil : trainingAtoms * UInt64(Self.examplesPerAtom),
                atomSize: Self.examplesPerAtom,
                atomsPerSecond: versionsPerSecond.map { $0 * Double(Self.atomsPerVersion) })
            // One partition: a step of descent depends on the one before.
            let models = app.workflow("training", partitions: 1).source(examples)
                .task("train", TrainingTask<pixelCount>(untrained, images))
                .sink("versions") { _ in ModelSink(results) }
                .stream()

            app.workflow("serving").source(models).broadcast()
                .task(
                    "classify",
                    Classifier<pixelCount>(
                        Model(version: 0, network: untrained, examplesDigest: 0), images),
                    replies: classify)

            let source = RequestSource(
                definition: self, pictures: data.pictures(data.pixels, of: picture))
            app.workflow("clients").source(stream(app, source, load))
                .task("client", Client(classify: classify), asks: [Asking(classify)])
                .sink("replies") { _ in ReplySink(results) }
        }
    }

    private func stream<let pixelCount: Int>(
        _ app: ApplicationBuilder, _ source: RequestSource<pixelCount>, _ load: Load
    ) -> Portals.Stream<Request<pixelCount>> {
        switch load {
        case .offline:
            app.generator(
                "requests", source, count: requests == .max ? nil : requests,
                atomSize: Int(atomSize))
        case .arriving(let batches):
            app.source("requests", batches) { (bytes: RawSpan, part: FeedPart, out) in
                // What `RequestArrivals` wrote: the first number, and the count.
                let first = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
                let count = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self)
                for index in part.share(of: Int(count)) {
                    out.emit(source.event(at: first + UInt64(index)))
                }
            }
        }
    }
}
