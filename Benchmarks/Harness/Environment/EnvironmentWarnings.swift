// What would make figures wide or wrong here, each with its cure; said before anything is run.
import Foundation
import Report

extension EnvironmentReader {
    /// A gibibyte: journals and results of a matrix, with room for what else the disk is for.
    private static let diskBytesMin: UInt64 = 1 << 30

    /// What is wrong with the machine, the build or the disks of a run that is about to start.
    ///
    /// - Parameter folder: of the results, which exists.
    public func warnings(_ environment: EnvironmentRecord, folder: String) -> [String] {
        var warnings: [String] = []
        if environment.build.configuration == "debug" {
            warnings.append(
                "a debug build, whose figures mean nothing; build with: swift build -c release")
        }
        let machine = environment.machine
        if let load = machine.loadAverage?.first, let processors = machine.processorsUsable,
            load > Double(processors) / 2
        {
            warnings.append(
                "the machine was busy in the last minute, with a build or other work (load "
                    + "\(Figure.text(load)) on \(processors) processors); end what still runs, or "
                    + "expect wide ranges")
        }
        if let governor = machine.governor, governor != "performance" {
            warnings.append(
                "the frequency governor is '\(governor)'; steadier with: "
                    + "cpupower frequency-set -g performance")
        }
        if turbo == true {
            warnings.append(
                "turbo is on: the clock depends on how warm the processor is; steadier with: "
                    + "echo 0 > /sys/devices/system/cpu/cpufreq/boost, or echo 1 > "
                    + "/sys/devices/system/cpu/intel_pstate/no_turbo")
        }
        if let throttled = throttleCount, throttled > 0 {
            warnings.append(
                "the processor was throttled \(throttled) times since the start of the machine: it "
                    + "is too warm; cool it, or let it rest between runs")
        }
        warnings += memoryWarnings(machine)
        if let quota = machine.containerProcessorLimit?.split(separator: " "), quota.count == 2,
            let time = Double(quota[0]), let period = Double(quota[1]), period > 0,
            let processors = machine.processorsUsable, time / period < Double(processors)
        {
            warnings.append(
                "the container may use \(Figure.text(time / period)) of \(processors) processors, "
                    + "and is stopped for the rest of each period; run it without a limit of "
                    + "processor time (docker run without --cpus)")
        }
        if let free = Self.freeBytes(folder), free < Self.diskBytesMin {
            warnings.append(
                "\(folder) has \(free >> 20) MiB of room left: journals and results may not fit; "
                    + "make room, or name another disk with --output and --journal-directory")
        }
        if let storage = environment.journalStorage,
            ["tmpfs", "ramfs"].contains(storage.fileSystem)
        {
            warnings.append(
                "the journals are on a \(storage.fileSystem ?? "") at \(storage.directory), which "
                    + "no crash survives; name a disk with --journal-directory")
        }
        return warnings
    }

    private func memoryWarnings(_ machine: MachineRecord) -> [String] {
        var warnings: [String] = []
        let memory = lines("/proc/meminfo")
        func bytes(_ name: String) -> UInt64? {
            value(of: name, in: memory, separator: ":")
                .flatMap { UInt64($0.split(separator: " ").first ?? "") }.map { $0 << 10 }
        }
        if let total = bytes("SwapTotal"), let free = bytes("SwapFree"), total > free {
            warnings.append(
                "\((total - free) >> 20) MiB are swapped out, and come back in the middle of a "
                    + "trial; empty it with: swapoff -a && swapon -a")
        }
        if let available = bytes("MemAvailable"), let total = machine.memoryBytes,
            available < total / 10
        {
            warnings.append(
                "under a tenth of the memory is available (\(available >> 20) MiB); end what uses "
                    + "it, or trials may be killed")
        }
        if let limit = machine.containerMemoryLimit.flatMap(UInt64.init),
            limit < Self.diskBytesMin
        {
            warnings.append(
                "the container may use \(limit >> 20) MiB of memory, less than some trials take; "
                    + "give it more (docker run --memory)")
        }
        return warnings
    }

    /// Whether the clock may rise above the nominal one; nil where the machine does not say.
    private var turbo: Bool? {
        if let off = word("/sys/devices/system/cpu/intel_pstate/no_turbo") { return off == "0" }
        return word("/sys/devices/system/cpu/cpufreq/boost").map { $0 == "1" }
    }

    /// How often the first core was slowed down for its heat; nil where the machine does not say.
    private var throttleCount: Int? {
        word("/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count").flatMap {
            Int($0)
        }
    }

    private static func freeBytes(_ folder: String) -> UInt64? {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        return (attributes?[.systemFreeSize] as? NSNumber)?.uint64Value
    }
}
