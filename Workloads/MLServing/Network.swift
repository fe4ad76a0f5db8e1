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
    func infer(_ layers: Layers, count: Int) {
        BLAS.staysOnThisThread()
        unsafe parameters.withUnsafeBufferPointer { parameters in
            guard var weights = parameters.baseAddress else { return }
            for layer in 0..<(layers.count - 1) {
                let inputs = layers.width(layer)
                let outputs = layers.width(layer + 1)
                let biases = unsafe weights + inputs * outputs
                let values = unsafe layers[layer + 1]
                for row in 0..<count {
                    unsafe (values + row * outputs).update(from: biases, count: outputs)
                }
                unsafe cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(count), Int32(outputs),
                    Int32(inputs), 1, layers[layer], Int32(inputs), weights, Int32(outputs),
                    1, values, Int32(outputs))
                if layer + 2 < layers.count {
                    for index in 0..<(count * outputs) {
                        unsafe values[index] = unsafe max(values[index], 0)
                    }
                }
                unsafe weights = unsafe biases + outputs
            }
        }
    }
}
