// What perf prints, read and folded; names made readable; stages told by the table.
import Testing

@testable import Profile

@Suite struct StackTests {
    /// As perf 6.1 prints it, with a thread of two words, the kernel, a library without symbols and
    /// a C++ name that has blanks and brackets.
    private static let script = """
        portals 13911 61402.000001: PERF_RECORD_MMAP2 13911/13911: [0x7f0000000000(0x1000) \
        @ 0x2000 fe:01 42 0]: r-xp /usr/lib/x86_64-linux-gnu/libjemalloc.so.2
        portals 13911 61402.000002: PERF_RECORD_MMAP2 13911/13911: [0x7f0000001000(0x1000) \
        @ 0 fe:01 42 0]: r--p /usr/lib/x86_64-linux-gnu/libjemalloc.so.2
        portals-0 13911 61402.004158:     500250 cpu-clock:
        \t    5581d2f5a9f3 $s11PortalsCore6WorkerC4stepSbyF+0x23 (/work/.build/release/portals)
        \t    5581d2f5aa00 std::foo(int, char*)+0x10 (/usr/lib/libfoo.so (deleted))
        \t    7f0000000001 [unknown] (/usr/lib/x86_64-linux-gnu/libjemalloc.so.2)

        commit writer 13912 61402.004659:     500250 cpu-clock:
        \tffffffff81000000 do_syscall_64+0x5 ([kernel.kallsyms])
        \t    5581d2f5a9f3 $s11PortalsCore6WorkerC4stepSbyF+0x23 (/work/.build/release/portals)

        what is this
        """

    @Test("perf's output is read sample by sample, whatever blanks its names have")
    func reads() throws {
        let script = PerfScript(text: Self.script)
        #expect(script.samples.map(\.thread) == ["portals-0", "commit writer"])
        #expect(script.samples.map(\.weight) == [500_250, 500_250])
        #expect(script.samples.map(\.frames.count) == [3, 2])
        #expect(script.unreadLines == 1)
        // The same place is the same frame.
        #expect(script.samples[0].frames[0] == script.samples[1].frames[1])
        let frames = script.samples[0].frames.map { script.frames[$0] }
        #expect(frames[0].offset == 0x23)
        #expect(frames[1].symbol == "std::foo(int, char*)")
        #expect(frames[2].offset == nil)
        // Without a symbol, its place in the file is what can be asked for.
        #expect(frames[2].fileOffset == 0x2001)
        #expect(script.frames[script.samples[1].frames[0]].isKernel)
    }

    @Test("folded stacks stand below their thread, outermost first, and come back from their text")
    func folds() throws {
        let script = PerfScript(text: Self.script)
        var naming = SampleNaming(
            script, inlines: InlineExpansion(script, tools: ToolPaths(path: "/nowhere")))
        let stacks = naming.folded()
        #expect(
            stacks.text == """
                commit writer;Worker.step();do_syscall_64_[k] 500250
                portals-0;[libjemalloc.so.2];std::foo(int, char*);Worker.step() 500250

                """)
        #expect(try FoldedStacks(text: stacks.text) == stacks)
        #expect(stacks.total == 1_000_500)
    }

    @Test("equal stacks are added up, and what would end a name is taken out of it")
    func adds() {
        var stacks = FoldedStacks()
        stacks.add(["a;b", "c\nd"], weight: 2)
        stacks.add(["a;b", "c\nd"], weight: 3)
        #expect(stacks.text == "a:b;c d 5\n")
    }

    @Test("a step is the same frame with an account and without, and what passes on is left out")
    func legible() {
        let plain = ["t", "Worker.step()", "Worker.act()_[i]", "Worker.runOne()"]
        let timed = [
            "t", "Worker.accompaniedStep()", "Worker.timedStep(_:)", "Worker.work()_[i]",
            "Worker.act()_[i]", "Worker.runOne()",
        ]
        #expect(SampleNaming.legible(plain) == ["t", "Worker.step()", "Worker.runOne()"])
        #expect(SampleNaming.legible(timed) == SampleNaming.legible(plain))
        // Time that is spent in such a frame stays there.
        #expect(SampleNaming.legible(["t", "WorkerAccount.time(_:_:)"]).count == 2)
    }

    @Test("folded stacks without a weight are refused with their line")
    func refuses() {
        #expect(throws: ProfileFault.self) { try FoldedStacks(text: "a;b 3\na;c\n") }
    }

    @Test("frames of inlined functions are marked and stand inside the function they are in")
    func expands() {
        let text = """
            $s10KeyedCount0B4TaskV7onEventyyF
            /work/Task.swift:7:3
            $s11PortalsCore6WorkerC4stepSbyF
            /work/Worker.swift:9:3

            $s11PortalsCore6WorkerC4stepSbyF
            /work/Worker.swift:9:3

            """
        #expect(
            InlineExpansion.blocks(text) == [
                ["$s10KeyedCount0B4TaskV7onEventyyF", "$s11PortalsCore6WorkerC4stepSbyF"],
                ["$s11PortalsCore6WorkerC4stepSbyF"],
            ])
        let lines = """
            0x00001234
            inner
            a.c:1
            outer
            a.c:2
            0x00001235
            other
            b.c:1
            """
        #expect(InlineExpansion.addressed(lines) == [["inner", "outer"], ["other"]])
    }

    // MARK: Names

    @Test(
        "Swift's own runtime demangles",
        arguments: [
            ("$s11PortalsCore6WorkerC4stepSbyF", "PortalsCore.Worker.step() -> Swift.Bool"),
            ("$s11PortalsCore6WorkerC4stepSbyF.cold.1", "PortalsCore.Worker.step() -> Swift.Bool"),
        ])
    func demangles(symbol: String, text: String) {
        #expect(Demangler.demangled(symbol) == text)
    }

    @Test("what is no Swift name stays as it is", arguments: ["malloc", "_ZN3foo3barEv", "$x", ""])
    func keeps(symbol: String) {
        #expect(Demangler.demangled(symbol) == nil)
        #expect(Demangler.shortName(symbol) == symbol)
    }

    @Test(
        "a long name is cut to type, function, labels, closure and the user's types",
        arguments: [
            (
                "merged generic specialization <serialized, KeyedCount.CountTask> of "
                    + "PortalsCore.TaskPart.handleGuarded(Swift.UnsafeMutablePointer<A.Input>, "
                    + "Swift.UnsafeMutablePointer<Swift.UInt64>?, Swift.Int) -> ()",
                "TaskPart.handleGuarded(_:_:_:) [CountTask]"
            ),
            (
                "merged partial apply forwarder for generic specialization <serialized, "
                    + "KeyedCount.Occurrence> of closure #4 (Swift.UnsafeMutablePointer<"
                    + "PortalsCore.ChunkHeader>, Swift.UnsafeMutablePointer<Swift.UInt64>?) -> () "
                    + "in PortalsCore.makeKeyNode<A where A: PortalsCore.Event>(_: @Sendable (A) "
                    + "-> Swift.UInt64, partition: PortalsCore.Partition, definition: "
                    + "PortalsCore.NodeDefinition) -> PortalsCore.Node",
                "makeKeyNode(_:partition:definition:) closure #4 [Occurrence]"
            ),
            (
                "function signature specialization <Arg[4] = Dead> of generic specialization "
                    + "<Sagas.SagaRun<SagaWorkload.Order>> of PortalsCore.TaskPart.finish("
                    + "Swift.UInt64) -> ()",
                "TaskPart.finish(_:) [SagaRun]"
            ),
            (
                "PortalsCore.Partition.(advance in _0123456789ABCDEF)(Swift.Int) -> Swift.Bool",
                "Partition.advance(_:)"
            ),
            (
                "KeyedCount.Generator.event(at: Swift.UInt64) -> KeyedCount.Occurrence",
                "KeyedCount.Generator.event(at:)"
            ),
            (
                "PortalsCore.StepRecorder.canDecide.getter : Swift.Bool",
                "StepRecorder.canDecide.getter"
            ),
            (
                "(extension in PortalsCore):Swift.Array.pad(by: Swift.Int) throws -> ()",
                "Array.pad(by:)"
            ),
            (
                "static Swift.Int.== infix(Swift.Int, Swift.Int) -> Swift.Bool",
                "Int.== infix(_:_:)"
            ),
        ])
    func cuts(demangled: String, text: String) {
        #expect(SymbolName(demangled: demangled).text == text)
    }

    // MARK: Stages

    @Test(
        "the innermost frame that the table knows says the stage",
        arguments: [
            (["Worker.step()", "makeSourceNode(_:) closure #2 [Generator]"], Stage.source),
            (["makeKeyNode(_:) closure #1", "PartBuffer.append(_:)_[i]"], .key),
            (["TaskPart.handle(_:_:) [T]", "TaskContext.ask(_:_:)_[i]", "helper"], .portal),
            (["TaskPart.handle(_:_:) [T]", "StateTable.search(_:)"], .state),
            (["Shop.Cart.onEvent(_:_:_:)_[i]", "Shop.Cart.remove(_:)_[i]"], .task),
            (["Leader.admit()", "malloc"], .allocator),
            (["Leader.admit()", "swift_retain"], .runtime),
            // Its caller is not in the stack: it may be anybody's.
            (["Leader.admit()", "__memmove_avx512_unaligned_erms"], .copying),
            (["CommitThread.run()", "fdatasync_[k]"], .kernel),
            (["Worker.poll()", "RingConsumer.popAll(_:)_[i]"], .exchange),
            (["Shop.main()", "Shop.other()"], .other),
        ])
    func stages(stack: [String], stage: Stage) {
        #expect(Stage.of(stack) == stage)
    }

    @Test("a task is told by its handler, or by what the core was compiled for")
    func tasks() {
        #expect(TaskName.of(["TaskPart.handle(_:_:) [CountTask]"]) == "CountTask")
        #expect(TaskName.of(["TaskPart.handle(_:_:)_[i]", "Worker.step()_[i]"]) == nil)
        #expect(
            TaskName.of(["makeSinkNode(_:) [S]", "Shop.OrderSink.onBatch(_:_:)_[i]"]) == "OrderSink"
        )
        #expect(TaskName.of(["Worker.step()"]) == nil)
    }
}
