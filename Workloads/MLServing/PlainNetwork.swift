// The oracle's network: plain loops over one image at a time, without a library.

/// Weights and biases as `Network` has them, and the same mathematics written once more.
struct PlainNetwork {
    let form: NetworkForm
    var parameters: [Float]

    private let images: ImageForm

    init(_ network: Network, _ images: ImageForm) {
        self.images = images
        form = network.form
        parameters = network.parameters
    }

    /// The values of the last layer.
    func outputs(_ pixels: ArraySlice<UInt8>) -> [Float] { layers(pixels).last ?? [] }

    /// The values of all layers.
    private func layers(_ pixels: ArraySlice<UInt8>) -> [[Float]] {
        var layers = [pixels.map { Float($0) * images.scale + images.offset }]
        var start = 0
        for (layer, outputs) in form.widths.dropFirst().enumerated() {
            let inputs = form.widths[layer]
            let biases = start + inputs * outputs
            var values = Array(parameters[biases..<(biases + outputs)])
            for input in 0..<inputs {
                let value = layers[layer][input]
                if value == 0 { continue }
                let row = start + input * outputs
                for output in 0..<outputs { values[output] += value * parameters[row + output] }
            }
            if layer + 2 < form.widths.count {
                for output in 0..<outputs where values[output] < 0 { values[output] = 0 }
            }
            layers.append(values)
            start = biases + outputs
        }
        return layers
    }

    /// A step down the gradient of the mean loss of a batch.
    mutating func step(_ batch: [(pixels: ArraySlice<UInt8>, label: UInt8)]) {
        var gradient = [Float](repeating: 0, count: parameters.count)
        for example in batch { add(example.pixels, example.label, to: &gradient) }
        let rate = Trainer.rate(form) / Float(batch.count)
        for index in parameters.indices { parameters[index] -= rate * gradient[index] }
    }

    private func add(_ pixels: ArraySlice<UInt8>, _ label: UInt8, to gradient: inout [Float]) {
        let layers = layers(pixels)
        // Of the cross-entropy behind a softmax: what is said less what is so.
        let last = layers[layers.count - 1]
        let largest = last.max() ?? 0
        let powers = last.map { exponential($0 - largest) }
        let sum = powers.reduce(0, +)
        var above = powers.map { $0 / sum }
        above[Int(label)] -= 1
        var end = parameters.count
        for layer in stride(from: form.widths.count - 2, through: 0, by: -1) {
            let inputs = form.widths[layer]
            let outputs = form.widths[layer + 1]
            end -= (inputs + 1) * outputs
            var below = [Float](repeating: 0, count: inputs)
            for input in 0..<inputs {
                let value = layers[layer][input]
                // A rectifier that gave nothing lets nothing through; pixels have no gradient.
                if value == 0 { continue }
                let row = end + input * outputs
                var sum: Float = 0
                for output in 0..<outputs {
                    gradient[row + output] += value * above[output]
                    sum += parameters[row + output] * above[output]
                }
                below[input] = sum
            }
            let biases = end + inputs * outputs
            for output in 0..<outputs { gradient[biases + output] += above[output] }
            above = below
        }
    }
}
