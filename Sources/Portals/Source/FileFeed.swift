// The feed of files: a thread reads ahead, and what the journal keeps is where the bytes lie.

/// What a source of files does at their end.
public enum FileEnd: Sendable {
    /// The stream ends with what is there.
    case ends
    /// What is added later is read too: the stream never ends.
    case follows
}

/// How bytes of a file are cut into records.
enum RecordUnit: Sendable {
    case lines
    case fixed(byteCount: Int)

    /// How many of some bytes are whole records.
    func wholeByteCount(of bytes: [UInt8]) -> Int {
        switch self {
        case .lines: (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        case .fixed(let byteCount): bytes.count / byteCount * byteCount
        }
    }
}

/// Gives the atoms of a file, or of a directory's files in the order of their names.
final class FileFeed: @unchecked Sendable {  // The leader's thread; others ask `isIdle`.
    private let files: any FileSequence
    private let queue: AtomQueue
    private let reader: ReaderThread
    private let start: FileStart
    /// The atom that was given or replayed last.
    private var last: FileReference?
    /// Names of files that gave any, where there are several.
    private var names: Set<String> = []
    private var opened: (name: String, file: InputFile)?
    private var hasStarted = false

    private static let stateMark = Array("PATHFEED".utf8)

    /// Opens a feed; its reader waits until an atom is asked for.
    static func open(_ files: any FileSequence) throws -> Feed {
        let made = try FileFeed(files)
        let feed = Feed(
            recordByteCountMax: FileReference.headByteCount + files.nameByteCountMax,
            poll: { made.poll(&$0) }, replay: { atom, _ in made.replay(&atom) },
            isIdle: { made.queue.isIdle }, store: { made.stored }, restore: { made.restore($0) })
        made.queue.tell(feed)
        return feed
    }

    private init(_ files: any FileSequence) throws {
        self.files = files
        let queue = AtomQueue()
        self.queue = queue
        let start = FileStart()
        self.start = start
        reader = try ReaderThread(name: "portals-read") { control in
            var loop = FileReader(files: files, queue: queue, start: start)
            loop.run(control)
        }
    }

    deinit { reader.end() }

    private func poll(_ atom: inout FeedAtom) -> FeedState {
        if !hasStarted {
            hasStarted = true
            opened = nil
            names = files.present(names)
            start.place = last?.end ?? FilePlace()
            start.names = names
            reader.start()
        }
        var wasFull = false
        let state = queue.poll(&atom, wasFull: &wasFull)
        if wasFull { reader.bell.ring() }
        if state == .given, let reference = FileReference(atom.record) { note(reference) }
        return state
    }

    private func note(_ reference: FileReference) {
        if reference.place.name != last?.place.name ?? "" { names.insert(reference.place.name) }
        last = reference
    }

    /// Reads an atom again that was taken in before a crash.
    private func replay(_ atom: inout FeedAtom) -> String? {
        guard let reference = FileReference(atom.record) else {
            return "its journal holds no reference to a file"
        }
        do throws(SourceError) {
            atom.content = try content(reference)
        } catch { return error.description }
        note(reference)
        return nil
    }

    /// The bytes that a reference was made of.
    private func content(_ reference: FileReference) throws(SourceError) -> [UInt8] {
        let name = reference.place.name
        let file: InputFile
        if let opened, opened.name == name {
            file = opened.file
        } else {
            file = try InputFile(files.path(name))
            opened = (name, file)
        }
        let bytes = try file.read(at: reference.place.offset, count: reference.byteCount)
        if bytes.count < reference.byteCount {
            throw SourceError(
                "\(file.path) has shrunk to \(try file.size()) bytes, but "
                    + "\(reference.end.offset) were read before")
        }
        if FileReference(reference.place, bytes).checksum != reference.checksum {
            throw SourceError(
                "\(file.path) was changed: bytes \(reference.place.offset) to "
                    + "\(reference.end.offset) are not what was read before")
        }
        return bytes
    }

    // MARK: Snapshots

    /// What a snapshot holds: the last atom, so that the file can be known again, and the names of
    /// the files that were read, so that none which comes late passes for one of them.
    /// ```
    /// │ PATHFEED │ byteCount │ reference of the last atom │ byteCount │ name │ …
    /// │ 8        │ 4         │ …                          │ 4         │ …    │
    /// ```
    private var stored: [UInt8] {
        var bytes = Self.stateMark
        for part in [last?.bytes ?? []] + names.sorted().map({ Array($0.utf8) }) {
            bytes.append(number: UInt64(part.count), byteCount: 4)
            bytes += part
        }
        return bytes
    }

    private func restore(_ bytes: [UInt8]) -> String? {
        guard bytes.starts(with: Self.stateMark) else {
            return "the snapshot holds no state of a source of files"
        }
        var parts: [[UInt8]] = []
        var index = Self.stateMark.count
        while index + 4 <= bytes.count {
            let end = index + 4 + Int(bytes.number(at: index, byteCount: 4))
            if end > bytes.count { break }
            parts.append(Array(bytes[(index + 4)..<end]))
            index = end
        }
        guard index == bytes.count, let first = parts.first else {
            return "the snapshot's state of a source of files is cut off"
        }
        names = Set(parts.dropFirst().map { String(decoding: $0, as: UTF8.self) })
        if first.isEmpty { return nil }
        guard let reference = FileReference(first) else {
            return "the snapshot holds no reference to a file"
        }
        do throws(SourceError) {
            _ = try content(reference)
        } catch { return error.description }
        last = reference
        return nil
    }
}

/// Where the reader begins; written before it starts.
final class FileStart: @unchecked Sendable {  // The reader is started after the writes.
    var place = FilePlace()
    /// Names of files that gave atoms before.
    var names: Set<String> = []
}

/// Which files a feed reads, in which order.
protocol FileSequence: Sendable {
    var unit: RecordUnit { get }
    var end: FileEnd { get }
    var atomByteCountMax: Int { get }
    /// Bytes of the longest name.
    var nameByteCountMax: Int { get }
    /// The path of a file by its name.
    func path(_ name: String) -> String
    /// A file grows while it is read; else it is whole when it is there.
    var mayGrow: Bool { get }
    /// Those of some names whose files are still there.
    func present(_ names: Set<String>) -> Set<String>
    /// The file after one of that name, if it is there; empty for the first.
    ///
    /// - Parameter known: files that were read, or seen to be empty.
    func next(after name: String, _ known: inout Set<String>) throws(SourceError) -> String?
}

/// The loop of a reader's thread.
struct FileReader {
    let files: any FileSequence
    let queue: AtomQueue
    let start: FileStart
    private var place = FilePlace()
    private var file: InputFile?
    private var known: Set<String> = []

    /// How often a file is looked at that may have grown: a bound on how late that is seen. The
    /// kernel could tell (inotify), but not of network file systems.
    private static let lookMilliseconds: Int32 = 5

    private enum Found { case atom(FeedAtom), nextFile, nothing, ended }

    init(files: any FileSequence, queue: AtomQueue, start: FileStart) {
        self.files = files
        self.queue = queue
        self.start = start
    }

    mutating func run(_ control: ReaderThread.Control) {
        place = start.place
        known = start.names
        do throws(SourceError) {
            while !control.isEnding {
                if queue.isFull {
                    control.bell.wait(milliseconds: -1)
                    continue
                }
                switch try read() {
                case .atom(let atom): queue.push(atom)
                case .nextFile: continue
                case .nothing:
                    queue.quiet()
                    control.bell.wait(milliseconds: Self.lookMilliseconds)
                case .ended: return queue.finish(.ended)
                }
            }
        } catch { queue.finish(.failed("\(error)")) }
    }

    private mutating func read() throws(SourceError) -> Found {
        if place == FilePlace() && file == nil {
            guard try goOn() else { return files.end == .ends ? .ended : .nothing }
        }
        let file: InputFile
        if let opened = self.file {
            file = opened
        } else {
            file = try InputFile(files.path(place.name))
            self.file = file
        }
        var bytes = try file.read(at: place.offset, count: files.atomByteCountMax)
        let isAtEnd = bytes.count < files.atomByteCountMax
        var whole = files.unit.wholeByteCount(of: bytes)
        if whole == 0 && !isAtEnd {
            throw SourceError(
                "\(file.path): the record at byte \(place.offset) is longer than "
                    + "\(files.atomByteCountMax) bytes: raise `atomByteCountMax`")
        }
        let isComplete = !files.mayGrow || files.end == .ends
        if whole < bytes.count && isAtEnd && isComplete {
            switch files.unit {
            case .lines: whole = bytes.count  // The last line need not end.
            case .fixed(let byteCount):
                if whole == 0 {
                    throw SourceError(
                        "\(file.path) ends with \(bytes.count) bytes at byte \(place.offset), but "
                            + "a record has \(byteCount)")
                }
            }
        }
        if whole > 0 {
            bytes.removeSubrange(whole...)
            let reference = FileReference(place, bytes)
            place = reference.end
            var atom = FeedAtom()
            atom.record = reference.bytes
            atom.content = bytes
            return .atom(atom)
        }
        let size = try file.size()
        if size < place.offset {
            throw SourceError(
                "\(file.path) has shrunk to \(size) bytes, but \(place.offset) were read: what is "
                    + "read must stay")
        }
        if !files.mayGrow, try goOn() { return .nextFile }
        return files.end == .ends ? .ended : .nothing
    }

    /// Goes to the next file.
    private mutating func goOn() throws(SourceError) -> Bool {
        guard let name = try files.next(after: place.name, &known) else { return false }
        place = FilePlace(name: name)
        file = try InputFile(files.path(name))
        return true
    }
}
