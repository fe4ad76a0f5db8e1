// How a snapshot holds the model, and the task that trains it.
import Portals

extension Model: StoredState {
    /// Appends the version, the form of the network and its parameters.
    public func store(into bytes: inout StateBytes) {
        bytes.append(version)
        bytes.append(examplesDigest)
        network.store(into: &bytes)
    }

    /// Reads what was stored.
    ///
    /// - Errors: if it is no network of a form that there is.
    public init(from bytes: inout StateBytes.Reader) throws(RecordError) {
        version = try bytes.read(UInt32.self)
        examplesDigest = try bytes.read(UInt64.self)
        network = try Network(from: &bytes)
    }
}

extension Network: StoredState {
    /// Appends the form and the parameters.
    public func store(into bytes: inout StateBytes) {
        bytes.append(form.rawValue)
        unsafe parameters.withUnsafeBytes { unsafe bytes.append($0) }
    }

    /// Reads what was stored.
    ///
    /// - Errors: if it is no network of a form that there is.
    public init(from bytes: inout StateBytes.Reader) throws(RecordError) {
        let stored = try bytes.read(UInt8.self)
        guard let form = NetworkForm(rawValue: stored) else {
            throw RecordError("there is no network of form \(stored)")
        }
        var parameters: [Float] = []
        parameters.reserveCapacity(form.parameterCount)
        for _ in 0..<form.parameterCount { parameters.append(try bytes.read(Float.self)) }
        self.form = form
        self.parameters = parameters
    }
}

extension ImageForm: StoredState {
    /// Appends its number.
    public func store(into bytes: inout StateBytes) { bytes.append(rawValue) }

    /// Reads what was stored.
    ///
    /// - Errors: if there are no such images.
    public init(from bytes: inout StateBytes.Reader) throws(RecordError) {
        let stored = try bytes.read(UInt8.self)
        guard let images = ImageForm(rawValue: stored) else {
            throw RecordError("there are no images of form \(stored)")
        }
        self = images
    }
}
