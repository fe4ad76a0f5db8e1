// The values of a network's layers for a batch of images.

/// The values of a network's layers, a row an image.
///
/// ```
/// one array a layer:   │ row 0: width floats │ row 1 │ … │ row capacity − 1 │
/// ```
/// - Ownership: one task's, or one thread's.
/// - Cost: memory for the largest batch that it has had.
@safe
final class Layers {
    /// The widths and the arrays, at fixed addresses: in arrays of Swift they would be counted for
    /// each image.
    private let widths: UnsafeMutablePointer<Int>
    private let values: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
    /// How many layers, the pixels and the classes among them.
    let count: Int
    /// Images that there is room for.
    private(set) var capacity: Int
    private let scale: Float
    private let offset: Float

    /// The first room: a few atoms' worth; it doubles when it is full.
    private static let capacityAtStart = 64

    /// Layers of a network, for no image yet.
    init(_ form: NetworkForm, _ images: ImageForm) {
        scale = images.scale
        offset = images.offset
        count = form.widths.count
        capacity = Self.capacityAtStart
        unsafe widths = .allocate(capacity: count)
        unsafe values = .allocate(capacity: count)
        for (layer, width) in form.widths.enumerated() {
            unsafe (widths + layer).initialize(to: width)
            unsafe (values + layer).initialize(to: .allocate(capacity: width * capacity))
        }
    }

    deinit {
        for layer in 0..<count { unsafe values[layer].deallocate() }
        unsafe values.deallocate()
        unsafe widths.deallocate()
    }

    /// Values of a layer for one image.
    @inline(__always)
    func width(_ layer: Int) -> Int { unsafe widths[layer] }

    /// The values of a layer.
    @unsafe @inline(__always)
    subscript(layer: Int) -> UnsafeMutablePointer<Float> { unsafe values[layer] }

    /// Sets the inputs of a row to a picture's pixels; makes room where there is none.
    @inline(__always)
    func set<let pixelCount: Int>(row: Int, _ picture: borrowing Picture<pixelCount>) {
        precondition(pixelCount == width(0), "a picture of \(pixelCount) pixels")
        if row >= capacity { grow() }
        let inputs = unsafe values[0] + row * pixelCount
        let pixels = picture.pixels.span
        let scale = scale
        let offset = offset
        for index in 0..<pixelCount {
            unsafe inputs[index] = unsafe Float(pixels[unchecked: index]) * scale + offset
        }
    }

    /// The class that has the largest value in a row.
    @inline(__always)
    func label(row: Int) -> UInt8 {
        let classes = width(count - 1)
        let outputs = unsafe values[count - 1] + row * classes
        var best = 0
        var largest = unsafe outputs[0]
        for index in 1..<classes {
            let value = unsafe outputs[index]
            // Without a branch: which class it is can't be predicted.
            best = value > largest ? index : best
            largest = max(value, largest)
        }
        return UInt8(truncatingIfNeeded: best)
    }

    /// Twice the room; what is in it stays.
    @inline(never)
    private func grow() {
        for layer in 0..<count {
            let larger = UnsafeMutablePointer<Float>.allocate(capacity: 2 * capacity * width(layer))
            unsafe larger.update(from: values[layer], count: capacity * width(layer))
            unsafe values[layer].deallocate()
            unsafe values[layer] = larger
        }
        capacity *= 2
    }
}
