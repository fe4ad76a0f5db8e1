// The simplest durable journal there is: a row of SQLite for each block. It shows that the seam of
// `Journal` holds, and its answers are what the segment files are compared with.
import CSQLite
import Portals

/// A journal in a SQLite database, one row a block, `synchronous=FULL`.
///
/// Positions are numbers of rows. A row with no payload begins an epoch.
///
/// - Ownership: one thread.
/// - Cost: a copy into the database's pages and two writes a commit; for tests, not for speed.
@safe
public final class SQLiteJournal: Journal {
    public let payloadBytesMax: Int
    public private(set) var start = JournalPosition(rawValue: 0)
    public private(set) var end = JournalPosition(rawValue: 0)
    public private(set) var durable = JournalPosition(rawValue: 0)
    public private(set) var epoch = JournalEpoch(rawValue: 0)

    private let path: String
    private var database: OpaquePointer?
    private var isFenced = false
    private var hasTransaction = false
    private var failure: StorageError?

    /// Opens the database at `path`, or makes one.
    ///
    /// - Errors: `otherApplication`; `storage` with what SQLite says.
    public init(
        opening path: String, application: JournalApplication, payloadBytesMax: Int = 64 << 20
    ) throws(JournalError) {
        self.path = path
        self.payloadBytesMax = payloadBytesMax
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        guard unsafe sqlite3_open_v2(path, &database, flags, nil) == SQLITE_OK else {
            throw refused(.open)
        }
        try run("PRAGMA journal_mode=WAL")
        try run("PRAGMA synchronous=FULL")
        try run(
            """
            CREATE TABLE IF NOT EXISTS block
            (position INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, payload BLOB)
            """)
        try run(
            """
            CREATE TABLE IF NOT EXISTS journal
            (one INTEGER PRIMARY KEY, name TEXT, identity INTEGER, start INTEGER, epoch INTEGER)
            """)
        let name = application.name.replacing("'", with: "''")
        let identity = Int64(bitPattern: application.identity)
        try run("INSERT OR IGNORE INTO journal VALUES (1, '\(name)', \(identity), 0, 0)")
        let count = try number(
            "SELECT count(*) FROM journal WHERE name = '\(name)' AND identity = \(identity)")
        if count != 1 {
            throw .otherApplication(
                path: path, found: "of another name or number",
                expected: "'\(application.name)' (\(application.identity))")
        }
        try look()
    }

    deinit { unsafe sqlite3_close_v2(database) }

    @discardableResult
    public func fence() throws(JournalError) -> JournalEpoch {
        guard unsafe database != nil else { throw .closed }
        if isFenced {
            try checkFence()
            return epoch
        }
        try run("BEGIN IMMEDIATE")
        try run("UPDATE journal SET epoch = epoch + 1")
        try look()
        unsafe try insert(nil)
        try run("COMMIT")
        isFenced = true
        durable = end
        return epoch
    }

    public func append(
        _ payload: RawSpan, after position: JournalPosition
    ) throws(JournalError) -> JournalPosition {
        try requireWriting()
        if position != end { throw .notTheEnd(after: position, end: end) }
        if payload.byteCount > payloadBytesMax {
            throw .payloadTooLarge(bytes: payload.byteCount, max: payloadBytesMax)
        }
        if !hasTransaction {
            try run("BEGIN IMMEDIATE")
            hasTransaction = true
            // Between the two, another may have fenced; from here on none can.
            do throws(JournalError) {
                try checkFence()
            } catch {
                try run("ROLLBACK")
                hasTransaction = false
                throw error
            }
        }
        unsafe try payload.withUnsafeBytes { (bytes) throws(JournalError) in
            unsafe try insert(bytes)
        }
        return end
    }

    public func synchronize() throws(JournalError) {
        try requireWriting()
        if hasTransaction { try run("COMMIT") }
        hasTransaction = false
        durable = end
    }

    public func read(
        from position: JournalPosition,
        _ visit: (_ payload: RawSpan, _ position: JournalPosition, _ next: JournalPosition) ->
            JournalVisit
    ) throws(JournalError) {
        guard unsafe database != nil else { throw .closed }
        if position < start { throw .released(position: position, start: start) }
        if position > end { throw .notABlock(position: position) }
        let statement = unsafe try prepare(
            "SELECT position, payload FROM block WHERE position >= \(position.rawValue) "
                + "AND payload IS NOT NULL ORDER BY position")
        defer { unsafe sqlite3_finalize(statement) }
        while true {
            let status = unsafe sqlite3_step(statement)
            if status == SQLITE_DONE { return }
            guard status == SQLITE_ROW else { throw refused(.read) }
            let row = unsafe UInt64(bitPattern: sqlite3_column_int64(statement, 0))
            let count = unsafe Int(sqlite3_column_bytes(statement, 1))
            // The memory of a column is SQLite's until the next step; the visitor sees it before.
            let bytes = unsafe UnsafeRawBufferPointer(
                start: sqlite3_column_blob(statement, 1), count: count)
            let answer = visit(
                unsafe bytes.bytes, JournalPosition(rawValue: row),
                JournalPosition(rawValue: row + 1))
            if answer == .stop { return }
        }
    }

    public func release(before position: JournalPosition) throws(JournalError) {
        try synchronize()
        let limit = min(position, durable)
        if limit <= start { return }
        try run("DELETE FROM block WHERE position < \(limit.rawValue)")
        try run("UPDATE journal SET start = \(limit.rawValue)")
        start = limit
    }

    /// There is nothing to do ahead.
    public func prepare() throws(JournalError) { try requireWriting() }

    public func close() throws(JournalError) {
        if unsafe database == nil { return }
        if isFenced, failure == nil { try synchronize() }
        unsafe sqlite3_close_v2(database)
        unsafe database = nil
    }

    // MARK: Parts

    private func requireWriting() throws(JournalError) {
        if let failure { throw .failed(failure) }
        guard unsafe database != nil else { throw .closed }
        if !isFenced { throw .notFenced }
        try checkFence()
    }

    private func checkFence() throws(JournalError) {
        let other = JournalEpoch(rawValue: UInt64(try number("SELECT epoch FROM journal")))
        if other != epoch { throw .fenced(epoch: epoch, by: other) }
    }

    /// Takes start, end and epoch from the database.
    private func look() throws(JournalError) {
        start = JournalPosition(rawValue: UInt64(try number("SELECT start FROM journal")))
        epoch = JournalEpoch(rawValue: UInt64(try number("SELECT epoch FROM journal")))
        let last = try number("SELECT coalesce(max(position) + 1, 0) FROM block")
        end = max(start, JournalPosition(rawValue: UInt64(last)))
        durable = end
    }

    private func insert(_ payload: UnsafeRawBufferPointer?) throws(JournalError) {
        let statement = unsafe try prepare(
            "INSERT INTO block VALUES (\(end.rawValue), \(epoch.rawValue), ?)")
        defer { unsafe sqlite3_finalize(statement) }
        if let payload = unsafe payload {
            // A destructor of nil: the bytes stay where they are until the statement has run.
            if let first = payload.baseAddress, unsafe !payload.isEmpty {
                unsafe sqlite3_bind_blob(statement, 1, first, Int32(payload.count), nil)
            } else {
                unsafe sqlite3_bind_zeroblob(statement, 1, 0)
            }
        }
        guard unsafe sqlite3_step(statement) == SQLITE_DONE else { throw refused(.write) }
        end = JournalPosition(rawValue: end.rawValue + 1)
    }

    private func prepare(_ text: String) throws(JournalError) -> OpaquePointer? {
        var statement: OpaquePointer?
        guard unsafe sqlite3_prepare_v2(database, text, -1, &statement, nil) == SQLITE_OK else {
            throw refused(.read)
        }
        return unsafe statement
    }

    private func run(_ text: String) throws(JournalError) {
        guard unsafe sqlite3_exec(database, text, nil, nil, nil) == SQLITE_OK else {
            throw refused(.write)
        }
    }

    private func number(_ text: String) throws(JournalError) -> Int64 {
        let statement = unsafe try prepare(text)
        defer { unsafe sqlite3_finalize(statement) }
        guard unsafe sqlite3_step(statement) == SQLITE_ROW else { throw refused(.read) }
        return unsafe sqlite3_column_int64(statement, 0)
    }

    /// SQLite's last error as ours; a failed write ends this journal.
    private func refused(_ operation: StorageError.Operation) -> JournalError {
        let status = unsafe sqlite3_errcode(database)
        let code: StorageError.Code =
            switch status {
            case SQLITE_FULL: .diskFull
            case SQLITE_READONLY: .readOnly
            case SQLITE_PERM, SQLITE_AUTH: .permission
            case SQLITE_BUSY, SQLITE_LOCKED: .inUse
            case SQLITE_CANTOPEN: .missing
            case SQLITE_IOERR: .device
            default: .other
            }
        let error = StorageError(
            code, operation, path: path, systemError: unsafe sqlite3_system_errno(database))
        if operation == .write, code != .inUse, code != .diskFull { failure = error }
        return .storage(error)
    }
}
