// Small files and folders of /sys and /proc, read whole, without Foundation.
import Glibc

enum SystemFile {
    /// The text of `path` without white space at its ends, or nil when it cannot be read.
    ///
    /// Files of /sys give their size as 4,096 and of /proc as 0, so it is read until the end.
    static func text(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = unsafe part.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            // A file of /sys can exist and refuse to be read (EINVAL of an offline part).
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += part[..<count]
        }
        return trimmed(String(decoding: bytes, as: UTF8.self))
    }

    /// Numbers n of the entries named `prefix` + n in `directory`, ascending; empty when absent.
    static func numbers(in directory: String, prefix: String) -> [Int] {
        guard let stream = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(stream) }
        var numbers: [Int] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix(prefix), let number = Int(name.dropFirst(prefix.count)) {
                numbers.append(number)
            }
        }
        return numbers.sorted()
    }

    static func trimmed(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0.isWhitespace || $0 == "\0" }
        guard let first = text.firstIndex(where: { !isSpace($0) }),
            let last = text.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(text[first...last])
    }
}
