// Drives the core from a page's point of view: compiled as Embedded Swift for WebAssembly against
// PortalsCore and called by `scripts/test-wasm`, so that the core keeps to what a browser can run.
import PortalsCore

/// Counts down from `start` through a portal on the stepping driver, and answers with the sum of
/// what was replied: (start − 1) start / 2. Answers `UInt64.max` if the launch was refused.
@_expose(wasm, "exercise")
@_cdecl("exercise")
public func exercise(_ start: UInt32) -> UInt64 {
    let sum = Sum()
    let application = Application("page") { app in
        let portal = app.portal("down", asking: UInt64.self, replying: UInt64.self)
        app.workflow("replier").requestsOnly()
            .task("replier", Replier(), replies: portal)
        app.workflow("asker").source(app.generator("start", atoms: [[UInt64(start)]]))
            .key { $0 }
            .task("asker", Asker(portal: portal), asks: [Asking(portal)])
            .sink("replies") { _ in sum }
    }
    var options = EngineOptions()
    options.partitions = 2
    let site = SteppedSite(options)
    do throws(LaunchError) {
        try site.launch(application)
    } catch {
        return .max
    }
    site.run()
    return sum.storage.value
}

struct Replier: TaskBody {
    typealias Input = Never
    typealias Output = Never
    typealias Request = UInt64
    typealias Reply = UInt64
    mutating func onEvent(_ event: Never, _ state: inout Void, _ task: inout TaskContext<Self>) {}
    mutating func onRequest(
        _ request: UInt64, _ state: inout Void, _ task: inout TaskContext<Self>
    ) {
        task.reply(request - 1)
    }
}

struct Asker: AskingBody {
    typealias Input = UInt64
    typealias Output = UInt64
    typealias Memory = UInt64
    typealias Answer = UInt64
    let portal: Portal<UInt64, UInt64>
    mutating func onEvent(
        _ event: UInt64, _ state: inout Void, _ task: inout TaskContext<Self>
    ) {
        if event > 0 { task.ask(portal, event, remembering: event) }
    }
    mutating func onReply(
        _ reply: UInt64, _ memory: UInt64, _ state: inout Void, _ task: inout TaskContext<Self>
    ) {
        task.emit(reply)
        if reply > 0 { task.ask(portal, reply, remembering: reply) }
    }
}

final class SumStorage: @unchecked Sendable {  // A page has one thread.
    var value: UInt64 = 0
}

struct Sum: SinkBody {
    let storage = SumStorage()
    mutating func onBatch(_ batch: Batch<UInt64>, _ step: StepInfo) {
        for index in 0..<batch.count { storage.value += batch[index] }
    }
}
