// Training by stochastic gradient descent: one step a batch.
import COpenBLAS

/// A network that learns.
///
/// - Ownership: one task's, or one thread's.
@safe
final class Trainer {
    private(set) var network: Network
    let images: ImageForm
    private let layers: Layers
    /// Of the loss by the values of each layer, as `layers` has them.
    private var gradients: [UnsafeMutablePointer<Float>]
    private var capacity: Int
    private var labels: [UInt8] = []

    /// How far a step goes down the gradient of the mean loss of its batch. Found by trial: with
    /// these the larger network names 98 % of generated images after twenty versions or fewer, the
    /// smaller 90 % of the digits after ten.
    static func rate(_ form: NetworkForm) -> Float { form == .digits ? 0.2 : 0.05 }

    init(_ network: Network, _ images: ImageForm) {
        self.network = network
        self.images = images
        layers = Layers(network.form, images)
        capacity = layers.capacity
        unsafe gradients = network.form.widths.map { [capacity] in
            .allocate(capacity: $0 * capacity)
        }
    }

    deinit { for index in unsafe gradients.indices { unsafe gradients[index].deallocate() } }

    /// Takes an example into the batch.
    func add<let pixelCount: Int>(_ picture: Picture<pixelCount>, label: UInt8) {
        layers.set(row: labels.count, picture)
        labels.append(label)
    }

    /// Goes one step down the gradient of the batch's cross-entropy, and forgets the batch.
    func step() {
        let count = labels.count
        if count == 0 { return }
        makeRoom()
        network.infer(layers, count: count)
        setLastGradient()
        var end = network.parameters.count
        let rate = Self.rate(network.form) / Float(count)
        for layer in stride(from: layers.count - 2, through: 0, by: -1) {
            let inputs = layers.width(layer)
            let outputs = layers.width(layer + 1)
            end -= (inputs + 1) * outputs
            let start = end
            unsafe network.parameters.withUnsafeMutableBufferPointer { parameters in
                guard let base = parameters.baseAddress else { return }
                unsafe descend(layer, base + start, count, rate, inputs, outputs)
            }
        }
        labels.removeAll(keepingCapacity: true)
    }

    private func makeRoom() {
        if capacity == layers.capacity { return }
        capacity = layers.capacity
        for index in unsafe gradients.indices {
            unsafe gradients[index].deallocate()
            unsafe gradients[index] = .allocate(capacity: capacity * layers.width(index))
        }
    }

    /// Of the cross-entropy behind a softmax: what is said less what is so.
    private func setLastGradient() {
        let classes = layers.width(layers.count - 1)
        for (row, label) in labels.enumerated() {
            let values = unsafe layers[layers.count - 1] + row * classes
            let gradient = unsafe gradients[gradients.count - 1] + row * classes
            var largest = unsafe values[0]
            for index in 1..<classes { unsafe largest = max(largest, values[index]) }
            var sum: Float = 0
            for index in 0..<classes {
                unsafe gradient[index] = unsafe exponential(values[index] - largest)
                unsafe sum += gradient[index]
            }
            for index in 0..<classes { unsafe gradient[index] /= sum }
            unsafe gradient[Int(label)] -= 1
        }
    }

    /// The gradient of the layer before, then the step of this one's parameters.
    private func descend(
        _ layer: Int, _ weights: UnsafeMutablePointer<Float>, _ count: Int, _ rate: Float,
        _ inputs: Int, _ outputs: Int
    ) {
        let gradient = unsafe gradients[layer + 1]
        if layer > 0 {
            unsafe cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, Int32(count), Int32(inputs),
                Int32(outputs), 1, gradient, Int32(outputs), weights, Int32(outputs), 0,
                gradients[layer], Int32(inputs))
            // The rectifier lets nothing through where it gave nothing.
            for index in 0..<(count * inputs) where unsafe layers[layer][index] <= 0 {
                unsafe gradients[layer][index] = 0
            }
        }
        unsafe cblas_sgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, Int32(inputs), Int32(outputs), Int32(count),
            -rate, layers[layer], Int32(inputs), gradient, Int32(outputs), 1, weights,
            Int32(outputs))
        let biases = unsafe weights + inputs * outputs
        for row in 0..<count {
            for index in 0..<outputs {
                unsafe biases[index] -= unsafe rate * gradient[row * outputs + index]
            }
        }
    }
}
