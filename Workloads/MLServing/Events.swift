// The events of the ML-serving workload; all plain bits but the model.
import Portals

/// The pixels of an image, row by row.
@frozen
public struct Picture<let pixelCount: Int>: Sendable, BitwiseCopyable {
    public var pixels: InlineArray<pixelCount, UInt8>

    /// A black one.
    @inlinable
    public init() { pixels = InlineArray(repeating: 0) }
}

/// A question: what does this picture show?
@frozen
public struct Request<let pixelCount: Int>: Event, BitwiseCopyable {
    /// Who asks.
    public var client: UInt32
    /// The number of the picture among those that are asked about: for the oracle, not the server.
    public var number: UInt32
    public var picture: Picture<pixelCount>

    @inlinable
    init(client: UInt32, number: UInt32, picture: Picture<pixelCount>) {
        self.client = client
        self.number = number
        self.picture = picture
    }
}

/// A picture, and what it shows.
@frozen
public struct Example<let pixelCount: Int>: Event, BitwiseCopyable {
    public var label: UInt8
    public var picture: Picture<pixelCount>

    @inlinable
    init(label: UInt8, picture: Picture<pixelCount>) {
        self.label = label
        self.picture = picture
    }
}

/// What the model says.
@frozen
public struct Prediction: Event, BitwiseCopyable {
    /// Of the model that said it.
    public var version: UInt32
    public var label: UInt8

    @inlinable
    init(version: UInt32, label: UInt8) {
        self.version = version
        self.label = label
    }
}

/// What a client remembers of its request.
@frozen
public struct Asked: Sendable, BitwiseCopyable {
    @usableFromInline var client: UInt32
    @usableFromInline var number: UInt32

    @inlinable
    init(client: UInt32, number: UInt32) {
        self.client = client
        self.number = number
    }
}

/// What a client has been told.
@frozen
public struct ServedReply: Event, BitwiseCopyable {
    public var client: UInt32
    /// The number of the picture that was asked about.
    public var number: UInt32
    public var version: UInt32
    public var label: UInt8

    @inlinable
    init(client: UInt32, number: UInt32, version: UInt32, label: UInt8) {
        self.client = client
        self.number = number
        self.version = version
        self.label = label
    }
}

/// A version of the network, as training publishes it; its parameters are shared, not copied.
public struct Model: Event, Equatable {
    /// From 0, which no example has been seen by, up.
    public var version: UInt32
    public var network: Network
    /// Of the examples that it has seen, in their order (`digest(of:label:after:)`).
    public var examplesDigest: UInt64
}

/// A digest of one more example behind others: exact, where parameters agree but for rounding.
func digest<let pixelCount: Int>(
    of picture: Picture<pixelCount>, label: UInt8, after digest: UInt64
) -> UInt64 {
    let pixels = picture.pixels.span
    var sum = UInt64(label)
    for index in 0..<pixelCount {
        sum &+= UInt64(unsafe pixels[unchecked: index]) &* UInt64(2 &* index &+ 1)
    }
    return splitMix64(seed: digest, index: sum)
}
