// The handwritten digits that scripts/fetch-digits has fetched.
import Glibc

/// 1,797 images of 8 × 8 pixels with values of 0 to 16, and what they show.
struct Digits: Sendable {
    static let count = 1_797
    let pixels: [UInt8]
    let labels: [UInt8]

    /// Read once a process.
    static let shared = Result { () throws(MLServingFault) in try Digits() }

    private init() throws(MLServingFault) {
        let paths = Self.paths
        guard let text = paths.lazy.compactMap({ readFile($0) }).first else {
            throw MLServingFault(
                "ml-serving: the digits are not at \(paths.joined(separator: " nor ")): run "
                    + "scripts/fetch-digits, or choose the network 'crayfish'")
        }
        var pixels: [UInt8] = []
        var labels: [UInt8] = []
        for (number, line) in text.split(separator: UInt8(ascii: "\n")).enumerated() {
            let fields = line.split(separator: UInt8(ascii: ",")).map {
                UInt8(String(decoding: $0, as: UTF8.self))
            }
            guard fields.count == 65, fields.allSatisfy({ $0 ?? 17 <= 16 }),
                let label = fields[64], label < 10
            else {
                throw MLServingFault(
                    "ml-serving: line \(number + 1) of digits.csv is not 64 pixels of 0 to 16 and "
                        + "a digit: remove .build-data/digits and run scripts/fetch-digits")
            }
            pixels += fields[..<64].compactMap { $0 }
            labels.append(label)
        }
        guard labels.count == Self.count else {
            throw MLServingFault(
                "ml-serving: digits.csv has \(labels.count) images, not \(Self.count): remove "
                    + ".build-data/digits and run scripts/fetch-digits")
        }
        self.pixels = pixels
        self.labels = labels
    }

    /// Where they may be: below the directory that the program was started in, and below those that
    /// hold the program.
    private static var paths: [String] {
        let relative = ".build-data/digits/digits.csv"
        var paths = [relative]
        let linkByteCountMax = 4_096
        let link = unsafe [UInt8](unsafeUninitializedCapacity: linkByteCountMax) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            unsafe count = max(0, readlink("/proc/self/exe", base, linkByteCountMax))
        }
        var directory = String(decoding: link, as: UTF8.self)
        while let slash = directory.lastIndex(of: "/"), slash != directory.startIndex {
            directory = String(directory[..<slash])
            let path = directory + "/" + relative
            if unsafe access(path, R_OK) == 0 { paths.append(path) }
        }
        return paths
    }
}

/// The bytes of a file; nil if it can't be read.
private func readFile(_ path: String) -> [UInt8]? {
    guard let file = unsafe fopen(path, "r") else { return nil }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    let chunk = 1 << 16
    while true {
        let part = unsafe [UInt8](unsafeUninitializedCapacity: chunk) { buffer, count in
            unsafe count = fread(buffer.baseAddress, 1, chunk, file)
        }
        if part.isEmpty { return bytes }
        bytes += part
    }
}
