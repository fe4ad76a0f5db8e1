// The images of a run, and what they show: to be trained with, and to be asked about.
import Portals

/// Images with their labels; those that are asked about were never trained with.
public struct Dataset: Sendable {
    /// Pixels of an image.
    public let pixelCount: Int
    /// Row by row, image by image.
    public let trainingPixels: [UInt8]
    public let trainingLabels: [UInt8]
    public let pixels: [UInt8]
    public let labels: [UInt8]

    /// The images of a run.
    ///
    /// - Errors: `MLServingFault` where the digits have not been fetched, or are not what they
    ///   should be; and where the BLAS is one that can't serve.
    /// - Cost: digits are read once a process; images are generated, one draw a pixel.
    public init(_ definition: Definition) throws(MLServingFault) {
        try BLAS.ready.get()
        pixelCount = definition.network.pixelCount
        switch definition.images {
        case .handwritten:
            let digits = try Digits.shared.get()
            // A fifth is held out, the last, as the file has them.
            let held = Digits.count / 5 * 4
            trainingPixels = Array(digits.pixels[..<(held * pixelCount)])
            trainingLabels = Array(digits.labels[..<held])
            pixels = Array(digits.pixels[(held * pixelCount)...])
            labels = Array(digits.labels[held...])
        case .generated:
            let patterns = Patterns(seed: definition.seed, pixelCount: pixelCount)
            (trainingPixels, trainingLabels) = patterns.images(definition.pictures, set: 0)
            (pixels, labels) = patterns.images(definition.pictures, set: 1)
        }
    }

    /// Images that are asked about.
    public var count: Int { labels.count }

    /// All images of one of the sets as events hold them.
    func pictures<let pixelCount: Int>(
        _ bytes: [UInt8], of _: Picture<pixelCount>.Type
    ) -> [Picture<pixelCount>] {
        var pictures: [Picture<pixelCount>] = []
        for start in stride(from: 0, to: bytes.count, by: pixelCount) {
            var picture = Picture<pixelCount>()
            for index in 0..<pixelCount { picture.pixels[index] = bytes[start + index] }
            pictures.append(picture)
        }
        return pictures
    }
}

/// Ten patterns, and images of them in noise.
struct Patterns {
    private let seed: UInt64
    private let pixelCount: Int
    /// Of each class, pixel by pixel.
    private var patterns: [[UInt8]] = []

    /// Of 256 parts of a pixel, so many are its pattern's: few, so that learning takes a while.
    private static let patternShare = 48

    init(seed: UInt64, pixelCount: Int) {
        self.seed = seed
        self.pixelCount = pixelCount
        for label in 0..<10 {
            patterns.append(
                (0..<pixelCount).map { index in
                    UInt8(
                        truncatingIfNeeded: splitMix64(
                            seed: seed ^ 0x8EBC_6AF0_9C88_C6E3,
                            index: UInt64(label * pixelCount + index)) >> 56)
                })
        }
    }

    /// Images and their labels; other ones in each set.
    func images(_ count: Int, set: UInt64) -> (pixels: [UInt8], labels: [UInt8]) {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(count * pixelCount)
        var labels: [UInt8] = []
        for image in 0..<count {
            let start = (set << 32 | UInt64(image)) << 11
            let label = splitMix64(seed: seed ^ 0x5895_36F0_88B0_B2A1, index: start) % 10
            labels.append(UInt8(label))
            let pattern = patterns[Int(label)]
            for index in 0..<pixelCount {
                let noise =
                    splitMix64(
                        seed: seed ^ 0x5895_36F0_88B0_B2A1, index: start + 1 + UInt64(index)) >> 56
                let mixed =
                    Int(pattern[index]) * Self.patternShare
                    + Int(noise) * (256 - Self.patternShare)
                pixels.append(UInt8(mixed >> 8))
            }
        }
        return (pixels, labels)
    }
}

/// What the workload needs can't be had.
public struct MLServingFault: Error, CustomStringConvertible {
    /// What is missing or wrong, where, and what to do.
    public let description: String
    init(_ description: String) { self.description = description }
}
