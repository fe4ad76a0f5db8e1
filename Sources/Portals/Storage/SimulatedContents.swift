// The bytes of a simulated file twice: as processes see them, and as a crash leaves them.
import Glibc

/// A file of a ``SimulatedDisk``, whatever its name.
final class SimulatedContents {
    /// What processes read.
    private(set) var bytes: [UInt8]
    /// What the disk holds.
    private var durable: [UInt8] = []
    private var pages: [Page]
    /// In the order of creation on this disk: gives crashes a fixed order.
    let number: Int

    private enum Page: UInt8 {
        /// As on the disk.
        case clean
        /// Newer than on the disk.
        case dirty
        /// Taken for written after an error, but nobody will write it again.
        case forgotten
    }

    private static let pageBytes = SimulatedDisk.pageBytes
    /// What a disk of the old kind writes whole: half a page can be new and half old.
    private static let sectorBytes = 512

    init(size: Int, number: Int) {
        bytes = [UInt8](repeating: 0, count: size)
        pages = [Page](repeating: .clean, count: Self.pageCount(size))
        self.number = number
    }

    private static func pageCount(_ size: Int) -> Int { (size + pageBytes - 1) / pageBytes }

    var dirtyPageCount: Int { pages.reduce(0) { $0 + ($1 == .dirty ? 1 : 0) } }

    func write(_ part: RawSpan, at offset: Int) {
        if part.isEmpty { return }
        let end = offset + part.byteCount
        if end > bytes.count { resize(end) }
        // In bounds: the file was lengthened to `end` right above.
        unsafe bytes.withUnsafeMutableBytes { all in
            unsafe part.withUnsafeBytes { part in
                unsafe UnsafeMutableRawBufferPointer(rebasing: all[offset..<end])
                    .copyMemory(from: part)
            }
        }
        for page in offset / Self.pageBytes...(end - 1) / Self.pageBytes { pages[page] = .dirty }
    }

    func read(into buffer: inout MutableRawSpan, at offset: Int) -> Int {
        let count = max(0, min(buffer.byteCount, bytes.count - offset))
        if count == 0 { return 0 }
        // In bounds by `count`.
        unsafe bytes.withUnsafeBytes { all in
            unsafe buffer.withUnsafeMutableBytes { buffer in
                unsafe buffer.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: all[offset..<offset + count]))
            }
        }
        return count
    }

    /// The first byte from `offset` on that is not zero.
    func nextData(from offset: Int) -> Int? {
        var begin = offset
        while begin < bytes.count {
            let end = min(begin + Self.pageBytes, bytes.count)
            // Equal to itself one byte on, and zero at its beginning: zeros. In bounds by `end`.
            let isZeros = unsafe bytes.withUnsafeBytes { bytes in
                let page = unsafe bytes.baseAddress! + begin
                return unsafe bytes[begin] == 0 && memcmp(page, page + 1, end - begin - 1) == 0
            }
            if !isZeros { return bytes[begin..<end].firstIndex { $0 != 0 } }
            begin = end
        }
        return nil
    }

    /// The new size is durable with the next synchronization; new pages are zeros.
    func resize(_ size: Int) {
        if size < bytes.count {
            bytes.removeLast(bytes.count - size)
            if size % Self.pageBytes != 0 { pages[size / Self.pageBytes] = .dirty }
        } else {
            bytes += [UInt8](repeating: 0, count: size - bytes.count)
        }
        let count = Self.pageCount(size)
        if count < pages.count { pages.removeLast(pages.count - count) }
        pages.append(contentsOf: repeatElement(.clean, count: count - pages.count))
    }

    func flip(_ bit: Int) {
        if bit / 8 < bytes.count { bytes[bit / 8] ^= 1 << UInt8(bit % 8) }
        if bit / 8 < durable.count { durable[bit / 8] ^= 1 << UInt8(bit % 8) }
    }

    /// A synchronization that succeeds.
    func makeDurable() {
        setDurableSize(bytes.count)
        for page in pages.indices where pages[page] == .dirty { keep(page) }
    }

    /// A synchronization that fails: any of its pages has reached the disk, none is tried again.
    func forget(_ choices: inout CrashChoices) {
        if choices.next() & 1 == 0 { setDurableSize(bytes.count) }
        for page in pages.indices where pages[page] == .dirty {
            if choices.next() & 1 == 0 { keep(page) } else { pages[page] = .forgotten }
        }
    }

    /// The crash: what the next process finds is what is durable now.
    func settle(_ loss: PageLoss, _ choices: inout CrashChoices) {
        if bytes.count != durable.count, loss.keeps(&choices) { setDurableSize(bytes.count) }
        for page in pages.indices where pages[page] == .dirty {
            if loss == .sectors {
                for sector in 0..<Self.pageBytes / Self.sectorBytes where loss.keeps(&choices) {
                    let begin = page * Self.pageBytes + sector * Self.sectorBytes
                    copy(begin..<begin + Self.sectorBytes)
                }
            } else if loss.keeps(&choices) {
                keep(page)
            }
        }
        bytes = durable
        pages = [Page](repeating: .clean, count: Self.pageCount(durable.count))
    }

    private func keep(_ page: Int) {
        copy(page * Self.pageBytes..<(page + 1) * Self.pageBytes)
        pages[page] = .clean
    }

    /// Brings `range` to the disk, as far as both sizes reach.
    private func copy(_ range: Range<Int>) {
        let range = range.clamped(to: 0..<min(bytes.count, durable.count))
        if range.isEmpty { return }
        // In bounds of both by the clamp.
        unsafe durable.withUnsafeMutableBytes { durable in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe UnsafeMutableRawBufferPointer(rebasing: durable[range])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
            }
        }
    }

    private func setDurableSize(_ size: Int) {
        if size < durable.count {
            durable.removeLast(durable.count - size)
        } else {
            durable += [UInt8](repeating: 0, count: size - durable.count)
        }
    }
}
