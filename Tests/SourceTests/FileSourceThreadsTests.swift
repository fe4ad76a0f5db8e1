// Files as sources: what their records are, and that they are read again after a crash or refused.
import CrashWorld
import Foundation
import Portals
import Testing

@Suite struct FileSourceThreadsTests {
    @Test("lines are events, whatever the size of atoms and the number of partitions")
    func lines() throws {
        let directory = try TestDirectory()
        let lines =
            (0..<40).map { String(repeating: "x", count: $0 % 7) + "\($0)" } + ["", "", "z"]
        try directory.write("text", lines.joined(separator: "\n"))
        for partitions in 1...4 {
            for size in [10, 11, 17, 64, 4_096] {
                let file = LinesFile(directory.file("text"), atomByteCountMax: size)
                #expect(try texts(file, partitions: partitions).flatMap { $0 } == lines)
            }
        }
        try directory.write("empty", "")
        #expect(try texts(LinesFile(directory.file("empty"))).isEmpty)
    }

    @Test("records of fixed length are events; a rest is an error that names its place")
    func records() throws {
        let directory = try TestDirectory()
        try directory.write("records", "aabbccddeeffgg")
        for size in [1, 2, 5, 100] {
            let file = RecordsFile(
                directory.file("records"), recordByteCount: 2, atomByteCountMax: size)
            #expect(
                try texts(file).flatMap { $0 } == ["aa", "bb", "cc", "dd", "ee", "ff", "gg"])
        }
        let file = RecordsFile(directory.file("records"), recordByteCount: 4)
        let rest = try #require(reason { _ = try texts(file) })
        #expect(rest.contains("records ends with 2 bytes at byte 12, but a record has 4"))
        let none = RecordsFile(directory.file("records"), recordByteCount: 0)
        #expect(try #require(reason { _ = try texts(none) }).contains("at least one byte"))
    }

    @Test("a file that is not there, and a line that is too long, are errors with the cure")
    func refused() throws {
        let directory = try TestDirectory()
        let missing = try #require(reason { _ = try texts(LinesFile(directory.file("gone"))) })
        #expect(missing.contains("gone can't be opened"))
        let nowhere = reason { _ = try texts(LinesDirectory(directory.file("no"), end: .ends)) }
        #expect(try #require(nowhere).contains("no can't be listed"))
        try directory.write("long", "short\n" + String(repeating: "l", count: 100) + "\n")
        let file = LinesFile(directory.file("long"), atomByteCountMax: 50)
        let long = try #require(reason { _ = try texts(file) })
        #expect(long.contains("long: the record at byte 6 is longer than 50 bytes: raise"))
    }

    @Test("a followed file gives lines as they are completed, and must not shrink")
    func follows() throws {
        let directory = try TestDirectory()
        try directory.write("log", "one\ntw")
        let seen = OutsideWorld<String>()
        let site = try site()
        try site.launch(textApplication(LinesFile(directory.file("log"), end: .follows), seen))
        #expect(eventually { seen.inOrder == [["one"]] })
        try directory.append("log", "o\nthree\nfou")
        #expect(eventually { seen.inOrder.flatMap { $0 } == ["one", "two", "three"] })
        truncate(directory.file("log"), 2)
        #expect(eventually { site.standing { !site.engine.feedFailures.isEmpty } })
        let shrunk = try #require(reason { try site.awaitRest(timeoutSeconds: 20) })
        #expect(shrunk.contains("log has shrunk to 2 bytes, but 14 were read"))
    }

    @Test("a directory's files come in the order of their names, whole, and later ones later")
    func directoryOfFiles() throws {
        let directory = try TestDirectory()
        for name in ["b", "a", ".hidden", "c.tmp", "d.part"] {
            try directory.write(name, "\(name)1\n\(name)2")
        }
        try directory.write("aa", "")
        let ends = LinesDirectory(directory.path, end: .ends)
        let whole = try texts(ends)
        #expect(whole == [["a1", "a2"], ["b1", "b2"]])
        let seen = OutsideWorld<String>()
        let site = try site()
        try site.launch(textApplication(LinesDirectory(directory.path), seen))
        #expect(eventually { seen.inOrder.count == 2 })
        try directory.write("c", "c1\n")
        #expect(eventually { seen.inOrder.flatMap { $0 } == ["a1", "a2", "b1", "b2", "c1"] })
        try directory.write("ab", "late\n")
        #expect(eventually { site.standing { !site.engine.feedFailures.isEmpty } })
        let late = try #require(reason { try site.awaitRest(timeoutSeconds: 20) })
        #expect(late.contains("ab came after c had been read, but its name comes before"))
    }

    @Test("after a restart what was read comes again from the file, and what follows is new")
    func readAgain() throws {
        let directory = try TestDirectory()
        try directory.write("log", "")
        var lines: [String] = []
        let seen = OutsideWorld<String>()
        for run in 0..<4 {
            let site = try site(journal: directory.journal)
            try site.launch(
                textApplication(
                    LinesFile(directory.file("log"), end: .follows, atomByteCountMax: 16), seen))
            #expect(seen.inOrder.flatMap { $0 } == lines)
            for index in 0..<10 {
                lines.append("\(run) and \(index)")
                try directory.append("log", lines.last! + "\n")
            }
            #expect(eventually { seen.inOrder.flatMap { $0 } == lines })
            #expect(seen.contradictions.isEmpty)
        }
    }

    @Test("a file that was changed, has shrunk or is gone is refused by name, and can be put back")
    func changed() throws {
        let directory = try TestDirectory()
        let before = (0..<20).map { "line \($0)\n" }.joined()
        let seen = OutsideWorld<String>()
        let file = LinesFile(directory.file("log"), atomByteCountMax: 32)
        func run() throws {
            let site = try site(journal: directory.journal)
            try site.launch(textApplication(file, seen))
            try site.awaitRest(timeoutSeconds: 30)
        }
        try directory.write("log", before)
        try run()
        let count = seen.inOrder.flatMap { $0 }.count
        #expect(count == 20)
        try directory.write("log", before.replacingOccurrences(of: "line 9", with: "lime 9"))
        #expect(try #require(reason { try run() }).contains("log was changed: bytes 56 to"))
        try directory.write("log", String(before.prefix(40)))
        let shrunk = try #require(reason { try run() })
        #expect(shrunk.contains("log has shrunk to 40 bytes, but 56 were read"))
        #expect(shrunk.contains("The journal is unchanged"))
        try FileManager.default.removeItem(atPath: directory.file("log"))
        #expect(try #require(reason { try run() }).contains("log can't be opened"))
        try directory.write("log", before)
        try run()
        #expect(seen.inOrder.flatMap { $0 }.count == 20 && seen.contradictions.isEmpty)
    }

    @Test("a file that came late while the site was down is refused, not passed over")
    func lateWhileDown() throws {
        let directory = try TestDirectory()
        try FileManager.default.createDirectory(
            atPath: directory.file("in"), withIntermediateDirectories: true)
        let seen = OutsideWorld<String>()
        func run(_ wanted: [String]) throws {
            let site = try site(journal: directory.journal)
            try site.launch(textApplication(LinesDirectory(directory.file("in")), seen))
            let isThere = eventually {
                seen.inOrder.flatMap { $0 } == wanted
                    || site.standing { !site.engine.feedFailures.isEmpty }
            }
            #expect(isThere)
            try site.awaitRest(timeoutSeconds: 20)
        }
        for name in ["a", "c"] { try directory.write("in/" + name, name) }
        // Gives nothing, and is known all the same.
        try directory.write("in/b", "")
        try run(["a", "c"])
        try directory.write("in/d", "d")
        try run(["a", "c", "d"])
        try directory.write("in/bb", "lost")
        #expect(try #require(reason { try run(["x"]) }).contains("bb came after d"))
    }
}
