// Asking, answering and continuing in the reference model.
import Portals

extension WorkflowStep {
    /// Makes the asks of one statement; returns those that were given up at once.
    mutating func ask(
        _ place: TaskPart, _ tokens: [Token], _ captured: Captured, key: UInt64, origin: Int?
    ) -> [Int] {
        let ask = place.task.asks[captured.ask]
        let portal = model.description.portals[ask.portal]
        let replier = model.description.replier(of: ask.portal)!
        let targets = model.description.partitions(of: .workflow(replier.workflow))
        let wait = Wait(captured, ask.form, count: tokens.count)
        let time = model.notes.times[StepPlace(workflow: workflow, step: step)] ?? 0
        var numbers: [Int] = []
        for (index, token) in tokens.enumerated() {
            let requestKey = portal.keyedBy?.key(token) ?? key
            let target = partition(of: requestKey, count: targets)
            let frame = AskFrame(
                wait: wait, index: index, workflow: workflow, node: place.node,
                partition: place.partition, key: key, origin: origin,
                deadline: ask.timeoutNanoseconds.map { time + $0 })
            let number = model.asks.insert(frame, replier: target)
            numbers.append(number)
            let none = Array(
                repeating: Array(repeating: [RequestItem](), count: partitions), count: targets)
            requests[ask.portal, default: none][target][place.partition].append(
                RequestItem(token: token, key: requestKey, ask: number))
        }
        return ask.form == .cancelled ? numbers : []
    }

    /// A handler answers the request it was called for; without a token it refuses.
    mutating func answer(
        _ place: TaskPart, _ origin: Int?, _ token: Token?
    ) throws(ReferenceFault) {
        guard let origin, model.asks.open[origin] != nil else {
            throw ReferenceFault("w\(workflow) replies without an open request")
        }
        if model.mutation == .losesAReply && step == 3 { return }
        send(origin, ReplyItem(ask: origin, reply: token, failure: replierFailed), place.partition)
    }

    /// A request ends without an answer, if it has not ended.
    mutating func refuse(_ request: Int) {
        send(
            request, ReplyItem(ask: request, reply: nil, failure: replierFailed),
            requestPartition(request))
    }

    /// A request that was not answered, and that nothing may still answer, has failed.
    mutating func leave(_ origin: Int?) {
        guard let origin, model.asks.open[origin] != nil,
            !model.asks.isWaiting(for: origin)
        else { return }
        if model.mutation == .losesAReply && step == 3 { return }
        refuse(origin)
    }

    private mutating func send(_ request: Int, _ reply: ReplyItem, _ partition: Int) {
        guard let asker = model.asks.open.removeValue(forKey: request) else { return }
        let askers = model.description.partitions(of: .workflow(asker.asker))
        let none = Array(
            repeating: Array(repeating: [ReplyItem](), count: partitions), count: askers)
        var parts = replies[asker.asker, default: none]
        if model.mutation == .reversesReplies {
            parts[asker.askerPartition][partition].insert(reply, at: 0)
        } else {
            parts[asker.askerPartition][partition].append(reply)
        }
        replies[asker.asker] = parts
    }

    /// The replier's partition that holds a request.
    private func requestPartition(_ request: Int) -> Int {
        model.asks.open[request]?.partition ?? 0
    }

    /// Ends an ask with what came; a late reply is dropped.
    mutating func deliver(_ place: TaskPart, _ item: ReplyItem) throws(ReferenceFault) {
        guard let frame = model.asks.frames.removeValue(forKey: item.ask) else { return }
        if let origin = frame.origin { touchedRequests.append(origin) }
        if let ending = ended(frame, item) {
            try resume(place, frame, ending)
        }
        leave(frame.origin)
    }

    /// What the continuation is called with, if this end of an ask calls it.
    private func ended(_ frame: AskFrame, _ item: ReplyItem) -> (token: Token, isReply: Bool)? {
        let wait = frame.wait
        if wait.isDone { return nil }
        let failure = (Token(-item.failure, 0), false)
        switch wait.form {
        case .dropped: return nil
        case .remembered, .future, .cancelled: return item.reply.map { ($0, true) } ?? failure
        case .all:
            guard let reply = item.reply else {
                wait.isDone = true
                return failure
            }
            wait.replies[frame.index] = reply
            let replies = wait.replies.compactMap { $0 }
            if replies.count < wait.replies.count { return nil }
            wait.isDone = true
            return (foldedReply(replies), true)
        case .any:
            if let reply = item.reply {
                wait.isDone = true
                return (indexedReply(reply, frame.index), true)
            }
            wait.failedCount += 1
            if wait.failedCount < wait.replies.count { return nil }
            wait.isDone = true
            return failure
        }
    }

    private mutating func resume(
        _ place: TaskPart, _ frame: AskFrame, _ ending: (token: Token, isReply: Bool)
    ) throws(ReferenceFault) {
        let ask = place.task.asks[frame.wait.captured.ask]
        var registers = Registers(event: frame.wait.captured.event)
        registers.reply = ending.token
        try handle(
            place, ending.isReply ? ask.onReply : ask.onFailure, registers, key: frame.key,
            origin: frame.origin, seesPartition: frame.wait.form == .remembered)
    }
}
