// The workload as a Portals application: training publishes, a portal serves, clients ask.
import Portals

extension Definition {
    /// Where the requests' atoms are counted.
    public static let requestsPath = "/ml-serving/workflows/clients"
    /// Where the atoms of examples are counted.
    public static let trainingPath = "/ml-serving/workflows/training"

    /// The workload as a Portals application.
    public func application(_ results: Results) -> Application {
        switch network {
        case .digits: application(results, Picture<64>.self)
        case .crayfish: application(results, Picture<784>.self)
        }
    }

    private func application<let pixelCount: Int>(
        _ results: Results, _ picture: Picture<pixelCount>.Type
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
                        Model(version: 0, network: untrained), images),
                    replies: classify)

            let source = RequestSource(
                definition: self, pictures: data.pictures(data.pixels, of: picture))
            let requests = app.generator(
                "requests", source, count: requests == .max ? nil : requests,
                atomSize: Int(atomSize))
            app.workflow("clients").source(requests)
                .task("client", Client(classify: classify), asks: [Asking(classify)])
                .sink("replies") { _ in ReplySink(results) }
        }
    }
}
