// A feed-forward network: its parameters, and what it makes of a batch of images, by a BLAS.
import COpenBLAS

/// Weights and biases of a network of fully connected layers, each but the last through a
/// rectifier.
///
/// ```
/// parameters:  │ weights: in × out, row-major │ biases: out │ the next layer … │
/// ```
public struct Network: Sendable, Equatable {
    public let form: NetworkForm
    /// One array, so that a copy of the network is one more holder of it.
    public var parameters: [Float]

    /// A network that has learned nothing: weights drawn as He et al. (2015) have it for
    /// rectifiers, uniform with variance 2 / inputs; biases zero.
    public init(_ form: NetworkForm, seed: UInt64) {
        self.form = form
        parameters = []
        parameters.reserveCapacity(form.parameterCount)
        for (inputs, outputs) in zip(form.widths, form.widths.dropFirst()) {
            let bound = (6 / Double(inputs)).squareRoot()
            for _ in 0..<(inputs * outputs) {
                let bits = splitMix64(
                    seed: seed ^ 0xE703_7ED1_A0B4_28DB, index: UInt64(parameters.count))
                parameters.append(Float(bound * (Double(bits >> 11) * 0x1p-52 - 1)))
            }
            parameters += [Float](repeating: 0, count: outputs)
        }
    }

    /// A network of given parameters; nil if they are not as many as it has.
    public init?(_ form: NetworkForm, parameters: [Float]) {
        if parameters.count != form.parameterCount { return nil }
        self.form = form
        self.parameters = parameters
    }

    /// Computes the values of all layers from those of the first, for the first `count` rows.
    ///
    /// - Cost: one matrix product a layer; 2 operations a parameter and row. A row's last bits may
    ///   depend on how many there are, and on the processor's kernels.
    public func infer(_ layers: Layers, count: Int) {
        unsafe parameters.withUnsafeBufferPointer { parameters in
            guard var weights = parameters.baseAddress else { return }
            for layer in 0..<(layers.widths.count - 1) {
                let inputs = layers.widths[layer]
                let outputs = layers.widths[layer + 1]
                let biases = unsafe weights + inputs * outputs
                let values = unsafe layers.values[layer + 1]
                for row in 0..<count {
                    unsafe (values + row * outputs).update(from: biases, count: outputs)
                }
                unsafe cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(count), Int32(outputs),
                    Int32(inputs), 1, layers.values[layer], Int32(inputs), weights, Int32(outputs),
                    1, values, Int32(outputs))
                if layer + 2 < layers.widths.count {
                    for index in 0..<(count * outputs) {
                        unsafe values[index] = unsafe max(values[index], 0)
                    }
                }
                unsafe weights = unsafe biases + outputs
            }
        }
    }
}

/// The values of a network's layers for a batch of images, a row each.
///
/// - Ownership: one task's, or one thread's.
/// - Cost: memory for the largest batch that it has had.
@safe
public final class Layers {
    @usableFromInline let widths: [Int]
    @usableFromInline private(set) var values: [UnsafeMutablePointer<Float>]
    @usableFromInline private(set) var capacity: Int
    @usableFromInline let scale: Float
    @usableFromInline let offset: Float

    /// The first room: a few atoms' worth; it doubles when it is full.
    private static let capacityAtStart = 64

    /// Layers of a network, for no image yet.
    public init(_ form: NetworkForm, _ images: ImageForm) {
        widths = form.widths
        scale = images.scale
        offset = images.offset
        capacity = Self.capacityAtStart
        unsafe values = form.widths.map { .allocate(capacity: $0 * Self.capacityAtStart) }
    }

    deinit { for index in unsafe values.indices { unsafe values[index].deallocate() } }

    /// Sets the inputs of a row to a picture's pixels; makes room where there is none.
    @inlinable
    public func set<let pixelCount: Int>(row: Int, _ picture: Picture<pixelCount>) {
        precondition(pixelCount == widths[0], "a picture of \(pixelCount) pixels")
        if row >= capacity { grow() }
        let inputs = unsafe values[0] + row * pixelCount
        let pixels = picture.pixels.span
        for index in 0..<pixelCount {
            unsafe inputs[index] = unsafe Float(pixels[unchecked: index]) * scale + offset
        }
    }

    /// The class that has the largest value in a row.
    @inlinable
    public func label(row: Int) -> UInt8 {
        let count = widths[widths.count - 1]
        let outputs = unsafe values[values.count - 1] + row * count
        var best = 0
        for index in 1..<count where unsafe outputs[index] > outputs[best] { best = index }
        return UInt8(truncatingIfNeeded: best)
    }

    /// Twice the room; what is in it stays.
    @usableFromInline @inline(never)
    func grow() {
        for index in unsafe values.indices {
            let larger = UnsafeMutablePointer<Float>.allocate(
                capacity: 2 * capacity * widths[index])
            unsafe larger.update(from: values[index], count: capacity * widths[index])
            unsafe values[index].deallocate()
            unsafe values[index] = larger
        }
        capacity *= 2
    }
}
