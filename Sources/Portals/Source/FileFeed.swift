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
final class FileFeed: @unchecked Sendable {  // The leader's thread, but for what the reader shares.
    private let files: any FileSequence
    private let queue: AtomQueue
    private let reader: ReaderThread
    // Of the leader.
    private var place = FilePlace()
    private var opened: (name: String, file: InputFile)?
    private var hasStarted = false

    /// Opens a feed; its reader waits until an atom is asked for.
    static func open(_ files: any FileSequence) throws -> Feed {
        let made = try FileFeed(files)
        let feed = Feed(
            recordByteCountMax: 16 + files.nameByteCountMax,
            poll: { made.poll(&$0) }, replay: { atom, _ in made.replay(&atom) },
            isIdle: { made.queue.isIdle },
            save: { FileReference(made.place, []).bytes },
            restore: { made.place = FileReference($0)?.place ?? FilePlace() })
        made.queue.tell(feed)
        return feed
    }

    private init(_ files: any FileSequence) throws {
        self.files = files
        let queue = AtomQueue()
        self.queue = queue
        let from = FileStart()
        self.from = from
        reader = try ReaderThread(name: "portals-read") { control in
            var loop = FileReader(files: files, queue: queue, place: from.place)
            loop.run(control)
        }
    }

    private let from: FileStart

    /// Where the reader begins; written before it starts.
    private final class FileStart: @unchecked Sendable {  // The reader is started after the write.
        var place = FilePlace()
    }

    deinit { reader.end() }

    private func poll(_ atom: inout FeedAtom) -> FeedState {
        if !hasStarted {
            hasStarted = true
            opened = nil
            from.place = place
            reader.start()
        }
        var wasFull = false
        let state = queue.poll(&atom, wasFull: &wasFull)
        if wasFull { reader.bell.ring() }
        if state == .given, let reference = FileReference(atom.record) { place = reference.end }
        return state
    }

    /// Reads an atom again that was taken in before a crash.
    private func replay(_ atom: inout FeedAtom) -> String? {
        guard let reference = FileReference(atom.record) else {
            return "its journal holds no reference to a file"
        }
        do throws(SourceError) {
            let name = reference.place.name
            let file: InputFile
            if let opened, opened.name == name {
                file = opened.file
            } else {
                file = try InputFile(files.path(name))
                opened = (name, file)
            }
            atom.content = try file.read(at: reference.place.offset, count: reference.byteCount)
            if FileReference(reference.place, atom.content).checksum != reference.checksum {
                return "\(file.path) was changed: bytes \(reference.place.offset) to "
                    + "\(reference.end.offset) are not what was read before"
            }
        } catch { return "\(error)" }
        place = reference.end
        return nil
    }
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
    /// The file after one of that name, if it is there. Empty for the first.
    func next(after name: String, _ known: inout Set<String>) throws(SourceError) -> String?
}

/// The loop of a reader's thread.
struct FileReader {
    let files: any FileSequence
    let queue: AtomQueue
    var place: FilePlace
    private var file: InputFile?
    private var known: Set<String> = []

    /// How often a file is looked at that may have grown: a bound on how late that is seen. The
    /// kernel could tell (inotify), but not of network file systems.
    private static let lookMilliseconds: Int32 = 5

    private enum Found { case atom(FeedAtom), nextFile, nothing, ended }

    init(files: any FileSequence, queue: AtomQueue, place: FilePlace) {
        self.files = files
        self.queue = queue
        self.place = place
    }

    mutating func run(_ control: ReaderThread.Control) {
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
        if place.name.isEmpty && place.offset == 0 && file == nil {
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
        if whole == 0 && isComplete && !bytes.isEmpty {
            // The last line need not end.
            if case .fixed(let byteCount) = files.unit {
                throw SourceError(
                    "\(file.path) ends with \(bytes.count) bytes at byte \(place.offset), but a "
                        + "record has \(byteCount)")
            }
            whole = bytes.count
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
        if files.mayGrow {
            if isComplete { return .ended }
            let size = try file.size()
            if size < place.offset {
                throw SourceError(
                    "\(file.path) has shrunk to \(size) bytes, but \(place.offset) were read: a "
                        + "file that is followed is only added to")
            }
            return .nothing
        }
        if try goOn() { return .nextFile }
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
