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
