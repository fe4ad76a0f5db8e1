// Sources of files: lines, records of fixed length, a directory that files are moved into.
import Glibc

/// The lines of a text file.
///
/// ```swift
/// let orders = app.source("orders", LinesFile("orders.csv")) { line in Order(line.text) }
/// ```
/// - Shape: a record is a line without its newline; an atom is as many whole lines as fit
///   `atomByteCountMax`. The last line counts without a newline too, unless the file is followed.
/// - The file is only added to: what was read is read again after a crash, from where the journal
///   says it lies, and a file that was changed is refused.
/// - Cost: a thread that reads ahead. Each partition decodes the lines that begin in its part of
///   the atom.
public struct LinesFile: OutsideSource {
    /// The file.
    public var path: String
    /// Whether what is added later is read too.
    public var end = FileEnd.ends
    /// Bytes of an atom, and of the longest line. 64 KiB: some thousand lines, one read.
    public var atomByteCountMax = 64 << 10

    /// The lines of a file that is there.
    public init(_ path: String, end: FileEnd = .ends, atomByteCountMax: Int = 64 << 10) {
        self.path = path
        self.end = end
        self.atomByteCountMax = atomByteCountMax
    }

    /// Opens the file.
    public func open() throws -> Feed {
        try FileFeed.open(
            SingleFile(
                file: path, unit: .lines, end: end, atomByteCountMax: max(1, atomByteCountMax)))
    }

    /// Calls a closure for each line that begins in the partition's part of the bytes.
    @inlinable
    public func forEachRecord(in content: RawSpan, part: FeedPart, _ body: (RawSpan) -> Void) {
        forEachLine(in: content, part: part, body)
    }
}

/// The records of a file, all of the same length.
///
/// - Shape: an atom is as many whole records as fit `atomByteCountMax`. Of a file that is not
///   followed, a rest that is no whole record is an error.
/// - Otherwise like ``LinesFile``.
public struct RecordsFile: OutsideSource {
    /// The file.
    public var path: String
    /// Bytes of a record, at least 1.
    public var recordByteCount: Int
    /// Whether what is added later is read too.
    public var end: FileEnd
    /// Bytes of an atom. 64 KiB: one read.
    public var atomByteCountMax: Int

    /// The records of a file that is there.
    public init(
        _ path: String, recordByteCount: Int, end: FileEnd = .ends,
        atomByteCountMax: Int = 64 << 10
    ) {
        self.path = path
        self.recordByteCount = recordByteCount
        self.end = end
        self.atomByteCountMax = atomByteCountMax
    }

    /// Opens the file.
    public func open() throws -> Feed {
        if recordByteCount < 1 {
            throw SourceError(
                "\(path): a record has at least one byte, not \(recordByteCount)")
        }
        return try FileFeed.open(
            SingleFile(
                file: path, unit: .fixed(byteCount: recordByteCount), end: end,
                atomByteCountMax: max(recordByteCount, atomByteCountMax)))
    }

    /// Calls a closure for each record of the partition's share of them.
    @inlinable
    public func forEachRecord(in content: RawSpan, part: FeedPart, _ body: (RawSpan) -> Void) {
        let count = content.byteCount / recordByteCount
        for index in (count * part.index / part.count)..<(count * (part.index + 1) / part.count) {
            body(content.extracting(index * recordByteCount..<(index + 1) * recordByteCount))
        }
    }
}

/// The lines of all files of a directory that files are moved into.
///
/// - Shape: files in the order of their names (by bytes), each as the lines of a ``LinesFile``; an
///   atom is of one file. A file counts as complete when it is there: write it under a name that
///   begins with "." or ends with ".tmp" or ".part", which are not looked at, then rename it.
/// - Files stay where they are as long as the journal refers to them: until a snapshot was taken
///   after they were read, and the last one always.
/// - Errors: a name that comes before one that was read already stops the source: its place in the
///   order is gone. So does a file that can't be read.
public struct LinesDirectory: OutsideSource {
    /// The directory.
    public var path: String
    /// Whether files that come later are read too.
    public var end = FileEnd.follows
    /// Bytes of an atom, and of the longest line.
    public var atomByteCountMax = 64 << 10

    /// The files of a directory that is there.
    public init(_ path: String, end: FileEnd = .follows, atomByteCountMax: Int = 64 << 10) {
        self.path = path
        self.end = end
        self.atomByteCountMax = atomByteCountMax
    }

    /// Opens the directory.
    public func open() throws -> Feed {
        let files = DirectoryFiles(
            directory: path, end: end, atomByteCountMax: max(1, atomByteCountMax))
        _ = try files.names()
        return try FileFeed.open(files)
    }

    /// Calls a closure for each line that begins in the partition's part of the bytes.
    @inlinable
    public func forEachRecord(in content: RawSpan, part: FeedPart, _ body: (RawSpan) -> Void) {
        forEachLine(in: content, part: part, body)
    }
}

/// Calls a closure for each line that begins in the partition's part of the bytes: the parts of
/// all partitions together are all lines, each once.
@inlinable
func forEachLine(in content: RawSpan, part: FeedPart, _ body: (RawSpan) -> Void) {
    let count = content.byteCount
    let limit = count * (part.index + 1) / part.count
    var begin = count * part.index / part.count
    // In the middle of a line: that is the part's before.
    if begin > 0 { begin = min(count, endOfLine(content, from: begin - 1) + 1) }
    while begin < limit {
        let end = endOfLine(content, from: begin)
        body(content.extracting(begin..<end))
        begin = end + 1
    }
}

/// Where the next newline is, or the end.
@usableFromInline
func endOfLine(_ content: RawSpan, from start: Int) -> Int {
    unsafe content.withUnsafeBytes { bytes in
        guard start < bytes.count, let first = bytes.baseAddress,
            let found = unsafe memchr(first + start, 10, bytes.count - start)
        else { return bytes.count }
        return unsafe UnsafeRawPointer(found) - first
    }
}

/// One file.
private struct SingleFile: FileSequence {
    let file: String
    let unit: RecordUnit
    let end: FileEnd
    let atomByteCountMax: Int
    let nameByteCountMax = 0
    let mayGrow = true

    init(file: String, unit: RecordUnit, end: FileEnd, atomByteCountMax: Int) throws(SourceError) {
        self.file = file
        self.unit = unit
        self.end = end
        self.atomByteCountMax = atomByteCountMax
        _ = try InputFile(file)
    }

    func path(_ name: String) -> String { file }
    func present(_ names: Set<String>) -> Set<String> { names }
    func next(after name: String, _ known: inout Set<String>) throws(SourceError) -> String? { "" }
}

/// The files of a directory.
private struct DirectoryFiles: FileSequence {
    let directory: String
    let unit = RecordUnit.lines
    let end: FileEnd
    let atomByteCountMax: Int
    let nameByteCountMax = Int(NAME_MAX)
    let mayGrow = false

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func present(_ names: Set<String>) -> Set<String> {
        guard let there = try? self.names() else { return names }
        return names.intersection(there)
    }

    func names() throws(SourceError) -> [String] {
        guard let stream = unsafe opendir(directory) else {
            throw InputFile.error(directory, "can't be listed", errno)
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix("."), !name.hasSuffix(".tmp"), !name.hasSuffix(".part") {
                names.append(name)
            }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    func next(
        after name: String, _ known: inout Set<String>
    ) throws(SourceError) -> String? {
        for other in try names() where !known.contains(other) {
            known.insert(other)
            if name.utf8.lexicographicallyPrecedes(other.utf8) { return other }
            // An empty one gave nothing, so the journal does not know it.
            if try InputFile(path(other)).size() == 0 { continue }
            throw SourceError(
                "\(directory)/\(other) came after \(name) had been read, but its name comes "
                    + "before: name files so that later ones come later, then move this one "
                    + "in under such a name")
        }
        return nil
    }
}
