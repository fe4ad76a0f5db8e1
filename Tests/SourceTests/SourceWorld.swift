// What the tests of sources and sinks share: a directory, text sources into a collector, and
// waiting for what another thread does.
import CrashWorld
import Foundation
import Platform
import Portals
import Testing

/// A directory that goes when the test ends.
final class TestDirectory {
    let path: String
    init() throws {
        // Short: the name of a Unix socket has 107 bytes.
        path = "/tmp/portals-\(UUID().uuidString.prefix(13))"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file anew, under another name first: so it appears whole.
    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file(name + ".tmp")))
        try? FileManager.default.removeItem(atPath: file(name))
        try FileManager.default.moveItem(atPath: file(name + ".tmp"), toPath: file(name))
    }

    func append(_ name: String, _ text: String) throws {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file(name)))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: file(name)).map { String(decoding: $0, as: UTF8.self) }
    }

    var journal: SiteJournal { .directory(file("journal")) }
}

/// Waits until something holds that another thread brings about; false after 20 s.
func eventually(_ holds: () throws -> Bool) rethrows -> Bool {
    let start = MonotonicClock.nanoseconds()
    while try !holds() {
        if MonotonicClock.nanoseconds() &- start > 20_000_000_000 { return false }
        Thread.sleep(forTimeInterval: 0.0002)
    }
    return true
}

/// The records of a source as text, on several partitions.
func textApplication(
    _ source: some OutsideSource, _ seen: OutsideWorld<String>
) -> Application {
    Application("texts") { app in
        app.workflow("pass")
            .source(app.source("outside", source) { record in record.text })
            .sink("seen") { seen.body($0) }
    }
}

func site(
    workers: Int = 1, partitions: Int = 3, journal: SiteJournal? = nil
) throws -> Site {
    var options = SiteOptions(workers: workers)
    options.engine.partitions = partitions
    options.journal = journal
    // Tests run beside each other.
    options.pins = false
    return try Site(.configured(options))
}

/// What a source that ends gives.
func texts(_ source: some OutsideSource, partitions: Int = 3) throws -> [[String]] {
    let seen = OutsideWorld<String>()
    let site = try site(partitions: partitions)
    try site.launch(textApplication(source, seen))
    try site.awaitRest(timeoutSeconds: 30)
    return seen.inOrder
}

/// The words of the error that something ends with.
func reason(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch { return "\(error)" }
}
