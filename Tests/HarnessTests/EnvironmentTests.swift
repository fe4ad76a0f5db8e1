// The environment of a recorded machine.
import Foundation
import Report
import Testing

@testable import Harness

@Suite("environment")
struct EnvironmentTests {
    @Test("a recorded machine is read, and what it does not tell is absent")
    func recorded() throws {
        let root = FileManager.default.temporaryDirectory
            .appending(path: "portals-root-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let files = [
            "proc/cpuinfo": "processor\t: 0\nmodel name\t: EPYC 9\nflags\t\t: fpu hypervisor\n",
            "proc/meminfo": "MemTotal:       1024 kB\n",
            "proc/self/status": "Name:\tx\nCpus_allowed_list:\t0-2,5\n",
            "etc/os-release": "NAME=x\nPRETTY_NAME=\"Debian 12\"\n",
            "sys/fs/cgroup/cpu.max": "200000 100000\n",
            "proc/loadavg": "0.5 1.5 2.5 1/2 3\n",
            "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
        ]
        for (name, text) in files {
            let file = root.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let machine = EnvironmentReader(root: root.path, environment: [:]).machine()
        #expect(machine.processorModel == "EPYC 9")
        #expect(machine.isVirtual == true)
        #expect(machine.memoryBytes == 1 << 20)
        #expect(machine.processorsUsable == 4)
        #expect(machine.operatingSystem == "Debian 12")
        #expect(machine.containerProcessorLimit == "200000 100000")
        #expect(machine.loadAverage == [0.5, 1.5, 2.5])
        #expect(machine.transparentHugePages == "madvise")
        #expect(machine.governor == nil && machine.kernel == nil && machine.host == nil)
    }

    @Test("what makes figures wide is warned of, each with its cure")
    func warnings() throws {
        let root = FileManager.default.temporaryDirectory
            .appending(path: "portals-root-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        func warnings(_ files: [String: String]) throws -> [String] {
            try? FileManager.default.removeItem(at: root)
            for (name, text) in files {
                let file = root.appending(path: name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
            let reader = EnvironmentReader(root: root.path, environment: [:])
            var build = BuildRecord(configuration: "release")
            build.compiler = "x"
            let environment = EnvironmentRecord(
                startedAt: "", command: [],
                matrix: MatrixRecord(
                    file: nil, settings: [:], perWorkload: [:], cells: [], leftOut: [],
                    repetitions: 1, seed: 1),
                machine: reader.machine(), build: build)
            return reader.warnings(environment, folder: NSTemporaryDirectory())
        }
        let quiet = [
            "proc/meminfo":
                "MemTotal: 8000000 kB\nMemAvailable: 7000000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n",
            "proc/self/status": "Cpus_allowed_list:\t0-3\n", "proc/loadavg": "0.5 1 1 1/2 3\n",
            "sys/fs/cgroup/cpu.max": "max 100000\n",
        ]
        #expect(try warnings(quiet) == [])
        let loud: [(file: String, text: String, warning: String)] = [
            ("proc/loadavg", "3.5 1 1 1/2 3\n", "load 3.50 on 4 processors"),
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n", "governor"),
            ("sys/devices/system/cpu/cpufreq/boost", "1\n", "turbo is on"),
            ("sys/devices/system/cpu/intel_pstate/no_turbo", "0\n", "turbo is on"),
            (
                "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "7\n",
                "throttled 7 times"
            ),
            ("sys/fs/cgroup/cpu.max", "150000 100000\n", "1.50 of 4 processors"),
            ("sys/fs/cgroup/memory.max", "104857600\n", "100 MiB of memory"),
            (
                "proc/meminfo", "MemTotal: 8000000 kB\nSwapTotal: 9000 kB\nSwapFree: 880 kB\n",
                "7 MiB are swapped out"
            ),
            (
                "proc/meminfo", "MemTotal: 8000000 kB\nMemAvailable: 70000 kB\n",
                "a tenth of the memory"
            ),
        ]
        for (file, text, warning) in loud {
            var files = quiet
            files[file] = text
            let said = try warnings(files)
            #expect(said.count == 1 && said[0].contains(warning), "\(file): \(said)")
            // Each says what to do.
            #expect(said.allSatisfy { $0.contains(";") })
        }
    }

    @Test("the file system of a directory is that of the innermost mount above it")
    func storage() throws {
        let root = FileManager.default.temporaryDirectory
            .appending(path: "portals-root-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let file = root.appending(path: "proc/self/mountinfo")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let text = """
            20 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,errors=continue
            21 20 0:5 / /no-such rw - tmpfs tmpfs rw,size=1k
            22 20 8:1 / /no-such/inner rw,noatime master:2 shared:3 - xfs /dev/sdb1 rw,logbufs=8

            """
        try Data(text.utf8).write(to: file)
        let reader = EnvironmentReader(root: root.path, environment: [:])
        let inner = reader.storage(directory: "/no-such/inner/results")
        #expect(inner.fileSystem == "xfs" && inner.device == "/dev/sdb1")
        #expect(inner.mountPoint == "/no-such/inner" && inner.options == "rw,noatime,rw,logbufs=8")
        #expect(reader.storage(directory: "/no-such/innermost").fileSystem == "tmpfs")
        #expect(reader.storage(directory: "/somewhere").device == "/dev/vda")
        #expect(EnvironmentReader(root: "/no-such").storage(directory: "/").fileSystem == nil)
    }

    @Test("lists of processors are counted")
    func ranges() {
        #expect(EnvironmentReader.rangeCount("0-3,8,10-11") == 7)
        #expect(EnvironmentReader.rangeCount("3-1") == nil)
    }

    @Test("a build outside a repository has no commit, never an empty one")
    func build() {
        let reader = EnvironmentReader(environment: [
            "PATH": "/no/where", "PORTALS_BUILD_FLAGS": "-x",
        ])
        let build = reader.build(sourceFolder: "/")
        #expect(build.commit == nil && build.isDirty == nil && build.toolchain == nil)
        #expect(build.flags == "-x")
        #expect(build.configuration == "debug" || build.configuration == "release")
    }
}
