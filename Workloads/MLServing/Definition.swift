// What the ML-serving workload asks, its parameters, and where they come from.
import Portals

/// Which network is trained and served.
@frozen
public enum NetworkForm: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// 64–32–10, for images of 8 × 8 pixels: 2,410 parameters.
    case digits
    /// 784–32–32–32–10, for images of 28 × 28 pixels: 27,562 parameters, Crayfish's form.
    case crayfish

    /// Values of each layer, from the pixels to the classes.
    public var widths: [Int] { self == .digits ? [64, 32, 10] : [784, 32, 32, 32, 10] }

    /// Pixels of an image.
    public var pixelCount: Int { self == .digits ? 64 : 784 }

    /// Weights and biases.
    public var parameterCount: Int {
        zip(widths, widths.dropFirst()).reduce(0) { $0 + ($1.0 + 1) * $1.1 }
    }
}

/// Which images it is trained with and asked about.
@frozen
public enum ImageForm: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// The 1,797 handwritten digits of 8 × 8 pixels that ship inside scikit-learn;
    /// `scripts/fetch-digits`.
    case handwritten
    /// Ten patterns in noise.
    case generated

    /// What the network is given for a pixel's byte is `byte * scale + offset`: for handwritten
    /// ones 0 to 1, most of them 0; for generated ones −0.5 to 0.5, because noise around a half
    /// would drown what differs.
    var scale: Float { self == .handwritten ? 1 / 16 : 1 / 255 }
    var offset: Float { self == .handwritten ? 0 : -0.5 }
}

/// The workload: a network that is trained while it is served.
///
/// ```
/// examples ─► training (one partition) ─ a version every 50 atoms ─┐ broadcast
///                                                                  ▼
/// requests ─► clients ─────────────── ask, by client ──────► classify (every partition)
///                │ ◄─────────────── label and version ─────────────┘
///                ▼
///             replies
/// ```
/// - Question: how many images a second are classified, and how late, while the model is swapped?
/// - Stresses: events of up to 0.8 kB, work that pays only in batches (one matrix product for all
///   requests of an atom), a state of 110 kB that all partitions change at one step.
/// - Source: the network of 28 k parameters is Crayfish's (Horchidan et al., EDBT 2024); scenarios
///   SingleStream, Server and Offline are MLPerf Inference's. Swapping the model under load, each
///   reply of exactly one version, is ours.
/// - Departs from Crayfish: images are generated as ten patterns in noise, because theirs are
///   random numbers, which nothing can be learned from; the network is evaluated by OpenBLAS in the
///   process, not by ONNX. From MLPerf: durations are the suite's own, not 600 s.
public struct Definition: Sendable, Hashable {
    public var network: NetworkForm
    public var images: ImageForm
    /// Images of each set, to be trained with and to be asked about, where they are generated.
    public var pictures: Int
    /// Requests in all; `.max` for a source without end.
    public var requests: UInt64
    /// Clients that ask, at least 1: whose requests go to one partition.
    public var clients: UInt32
    /// Requests an atom, at least 1, where the source is a generator.
    public var atomSize: UInt64
    /// Atoms of `examplesPerAtom` that are trained with; `.max` for a source without end.
    public var trainingAtoms: UInt64
    /// Versions that are published a second; nil for as fast as training goes.
    public var versionsPerSecond: Double?
    public var seed: UInt64

    /// Examples of one step of gradient descent: a usual size of a mini-batch.
    public static let examplesPerAtom = 32
    /// Steps of training between two versions.
    public static let atomsPerVersion: UInt64 = 50

    /// Describes a run; the defaults are the small network, and four versions of it. Generated
    /// images of the large one have 3 MB a set: more than a core's second-level cache, so that a
    /// request's image comes from further away, as one from outside would.
    public init(
        network: NetworkForm = .digits, images: ImageForm = .handwritten, pictures: Int = 4_096,
        requests: UInt64 = 65_536, clients: UInt32 = 1_000, atomSize: UInt64 = 256,
        trainingAtoms: UInt64 = 200, versionsPerSecond: Double? = nil, seed: UInt64 = 1
    ) {
        self.network = network
        self.images = images
        self.pictures = pictures
        self.requests = requests
        self.clients = clients
        self.atomSize = atomSize
        self.trainingAtoms = trainingAtoms
        self.versionsPerSecond = versionsPerSecond
        self.seed = seed
    }

    /// What is wrong with the parameters, all of it, each with its cure; empty when they can run.
    public var faults: [String] {
        var faults: [String] = []
        if images == .handwritten && network != .digits {
            faults.append(
                "ml-serving: handwritten images have 64 pixels, and the network \(network) wants "
                    + "\(network.pixelCount); give it generated ones")
        }
        if pictures < 1 { faults.append("ml-serving: pictures is \(pictures); give at least 1") }
        if clients == 0 { faults.append("ml-serving: clients is 0; give at least 1") }
        if atomSize == 0 { faults.append("ml-serving: atomSize is 0; give at least 1") }
        if let versionsPerSecond, !(versionsPerSecond > 0) {
            faults.append(
                "ml-serving: versionsPerSecond is \(versionsPerSecond); give more than 0, and "
                    + "trainingAtoms 0 for none")
        }
        return faults
    }

    /// The requests by index: whose, and for which picture of those that are asked about.
    ///
    /// - Cost: one draw.
    @inlinable @inline(__always)
    public func request(
        at index: UInt64, pictures: Int
    ) -> (client: UInt32, picture: UInt32) {
        let bits = splitMix64(seed: seed, index: index)
        return (
            UInt32(
                truncatingIfNeeded: (bits & 0xFFFF_FFFF).multipliedFullWidth(
                    by: UInt64(clients) << 32
                ).high),
            UInt32(
                truncatingIfNeeded: (bits >> 32).multipliedFullWidth(
                    by: UInt64(truncatingIfNeeded: pictures) << 32
                ).high)
        )
    }

    /// The training example by index, of so many.
    @inlinable @inline(__always)
    public func example(at index: UInt64, count: Int) -> Int {
        let bits = splitMix64(seed: seed ^ 0xA076_1D64_78BD_642F, index: index)
        return Int(
            truncatingIfNeeded: bits.multipliedFullWidth(
                by: UInt64(truncatingIfNeeded: count)
            ).high)
    }
}

/// The number at `index` of the splitmix64 sequence that starts from `seed`.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
@inlinable @inline(__always)
func splitMix64(seed: UInt64, index: UInt64) -> UInt64 {
    var bits = seed &+ (index &+ 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ (bits &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits &>> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits &>> 31)
}
