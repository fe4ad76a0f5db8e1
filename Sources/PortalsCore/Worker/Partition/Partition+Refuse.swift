// Requests that end without a reply: of what was refused, and of stopped applications.

extension Partition {
    /// Ends a request without a reply.
    func refuse(_ origin: UInt64, _ tag: UInt64, _ failure: AskFailure) {
        let buffers = replies[ReplyOrigin.channel(origin)]
        unsafe buffers.buffers[ReplyOrigin.partition(origin)].appendRefusal(
            tag: tag, reason: UInt64(failure.rawValue), use: ReplyOrigin.use(origin))
    }

    /// Ends a step of a stopped application, when it is its turn and its input is there: requests
    /// are refused, and so are those that what a reply belongs to was to answer; nothing runs.
    func refuseFirst() -> Bool {
        guard !steps.isEmpty, steps.first.isRefused else { return false }
        let record = steps.first
        let plan = element.inputs[Int(record.input)]
        guard inlets[plan.inlet].has(record.producerStep, senders: record.senders) else {
            return false
        }
        var senders = record.senders
        while senders != 0 {
            let sender = senders.trailingZeroBitCount
            senders &= senders - 1
            let part = inlets[plan.inlet].take(sender: sender, step: record.producerStep)
            for index in 0..<part.chunkCount {
                let chunk = unsafe part.chunk(at: index)
                for event in unsafe 0..<Int(chunk.pointee.count) {
                    unsafe refuse(chunk, event, plan, sender)
                }
            }
            unsafe worker.release(part)
        }
        end(record)
        return true
    }

    private func refuse(_ chunk: ChunkPointer, _ event: Int, _ plan: InputPlan, _ sender: Int) {
        switch plan.kind {
        case .request:
            let origin = unsafe ReplyOrigin.make(
                channel: plan.replyChannel, partition: sender, use: chunk.pointee.use)
            unsafe refuse(origin, chunk.tags[event], .noReplier)
        case .reply:
            let request = unsafe allUses[Int(chunk.pointee.use)].forget!(chunk.tags[event])
            if request != ReplyOrigin.none { leave(request, 0, .noReplier) }
        case .stream, .timer, .source, .seal: break
        }
    }
}
