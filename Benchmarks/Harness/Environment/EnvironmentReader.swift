// The machine and the build, read from files, so that a recorded machine can be a test.
import Foundation
import Report

/// Reads what `environment.json` holds; what a machine does not tell is left out.
public struct EnvironmentReader {
    private let root: String
    private let environment: [String: String]

    /// A reader of the machine whose files lie under `root`.
    public init(
        root: String = "", environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.root = root
        self.environment = environment
    }

    /// The machine now.
    public func machine() -> MachineRecord {
        var machine = MachineRecord()
        let processors = lines("/proc/cpuinfo")
        machine.host = word("/proc/sys/kernel/hostname")
        machine.processorModel = value(of: "model name", in: processors, separator: ":")
        machine.architecture = Self.architecture
        machine.processorsUsable =
            value(of: "Cpus_allowed_list", in: lines("/proc/self/status"), separator: ":")
            .flatMap(Self.rangeCount)
        machine.processorsOnline = word("/sys/devices/system/cpu/online").flatMap(Self.rangeCount)
        machine.memoryBytes = value(of: "MemTotal", in: lines("/proc/meminfo"), separator: ":")
            .flatMap { UInt64($0.split(separator: " ").first ?? "") }.map { $0 * 1_024 }
        machine.operatingSystem = value(
            of: "PRETTY_NAME", in: lines("/etc/os-release"), separator: "=")?
            .replacing("\"", with: "")
        machine.kernel = word("/proc/sys/kernel/osrelease")
        machine.isVirtual = value(of: "flags", in: processors, separator: ":").map {
            $0.split(separator: " ").contains("hypervisor")
        }
        machine.containerProcessorLimit = word("/sys/fs/cgroup/cpu.max")
        machine.containerMemoryLimit = word("/sys/fs/cgroup/memory.max")
        machine.governor = word("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
        machine.loadAverage = word("/proc/loadavg").map {
            $0.split(separator: " ").prefix(3).compactMap { Double($0) }
        }
        machine.transparentHugePages = word("/sys/kernel/mm/transparent_hugepage/enabled")
            .flatMap { text in
                text.split(separator: " ").first { $0.hasPrefix("[") }
                    .map { String($0.dropFirst().dropLast()) }
            }
        return machine
    }

    /// The file system that holds `directory`, which exists.
    public func storage(directory: String) -> StorageRecord {
        let path = URL(fileURLWithPath: directory).resolvingSymlinksInPath().path
        var record = StorageRecord(directory: path)
        var longest = 0
        // proc(5): id parent major:minor root mount-point options [fields] - type source options
        for line in lines("/proc/self/mountinfo") {
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count >= dash + 3 else {
                continue
            }
            let mountPoint = words[4].replacing("\\040", with: " ")
            let isAbove =
                mountPoint == "/" || path == mountPoint || path.hasPrefix(mountPoint + "/")
            // Of two mounts at one place the later hides the earlier.
            guard isAbove, mountPoint.count >= longest else { continue }
            longest = mountPoint.count
            record.mountPoint = String(mountPoint)
            record.fileSystem = String(words[dash + 1])
            record.device = String(words[dash + 2])
            record.options = ([words[5]] + words[(dash + 3)...]).joined(separator: ",")
        }
        return record
    }

    /// The program that runs now and the state of its sources under `sourceFolder`.
    public func build(sourceFolder: String) -> BuildRecord {
        var build = BuildRecord(configuration: Self.isDebug ? "debug" : "release")
        #if compiler(>=6.4)
        build.compiler = "Swift 6.4 or later"
        #elseif compiler(>=6.3)
        build.compiler = "Swift 6.3"
        #else
        build.compiler = "Swift 6.2"
        #endif
        build.toolchain = output(of: ["swift", "--version"])?
            .split(separator: "\n").first { $0.contains("Swift version") }.map(String.init)
        build.programDigest = Self.programDigest
        build.flags = environment["PORTALS_BUILD_FLAGS"]
        let maps = lines("/proc/self/maps")
        if !maps.isEmpty {
            build.isRuntimeStatic = !maps.contains { $0.hasSuffix("/libswiftCore.so") }
        }
        build.commit = output(of: ["git", "-C", sourceFolder, "rev-parse", "HEAD"])
        if build.commit != nil {
            // Results of other runs are no part of the program.
            build.isDirty = output(of: [
                "git", "-C", sourceFolder, "status", "--porcelain", "--", ".", ":(exclude)Results",
            ]).map { !$0.isEmpty }
        }
        return build
    }

    /// FNV-1a of the bytes of this program, in hexadecimal; a tenth of a second.
    private static var programDigest: String? {
        guard
            let bytes = try? Data(
                contentsOf: URL(fileURLWithPath: "/proc/self/exe"), options: .mappedIfSafe)
        else { return nil }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }

    /// Whether this program was built without optimisation.
    public static let isDebug: Bool = {
        var isDebug = false
        assert(
            {
                isDebug = true
                return true
            }())
        return isDebug
    }()

    private static var architecture: String? {
        #if arch(x86_64)
        "x86_64"
        #elseif arch(arm64)
        "aarch64"
        #else
        nil
        #endif
    }

    /// Members of `0-3,8`.
    static func rangeCount(_ text: String) -> Int? {
        var count = 0
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, ends.count <= 2, last >= first
            else { return nil }
            count += last - first + 1
        }
        return count
    }

    func lines(_ path: String) -> [Substring] {
        guard let text = try? String(contentsOfFile: root + path, encoding: .utf8) else {
            return []
        }
        return text.split(separator: "\n")
    }

    func word(_ path: String) -> String? {
        let text = lines(path).first?.trimmingCharacters(in: .whitespaces) ?? ""
        return text.isEmpty ? nil : text
    }

    func value(of key: String, in lines: [Substring], separator: Character) -> String? {
        for line in lines {
            let parts = line.split(separator: separator, maxSplits: 1)
            if parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == key {
                return parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
        return nil
    }

    /// What a program prints, or nil where it is missing or fails.
    private func output(of command: [String]) -> String? {
        guard
            let child = try? ChildProcess.start(
                path: "/usr/bin/env", arguments: ["env"] + command, environment: environment,
                logPath: "/dev/null")
        else { return nil }
        defer { child.close() }
        var bytes: [UInt8] = []
        // Ten seconds in all: git on a cold disk takes one.
        for _ in 0..<100 {
            switch child.read(waitingMilliseconds: 100) {
            case .bytes(let more): bytes += more
            case .nothing: continue
            case .end:
                guard child.wait() == .exit(0) else { return nil }
                return String(decoding: bytes, as: UTF8.self)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
            }
        }
        child.kill()
        _ = child.wait()
        return nil
    }
}
