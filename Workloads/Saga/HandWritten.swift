// The orders as a competent programmer runs them on one thread: the line to beat.

/// The single-threaded loop without any runtime: order by order, each undone at once if a step
/// fails.
///
/// It assumes one thread and that items are small numbers, so that accounts lie in arrays. One
/// order ends before the next begins: nothing is ever read that is undone later.
public enum HandWritten {
    /// Runs the whole workload and returns its answer; allocates nothing after the start.
    public static func run(_ definition: Definition) -> Answer {
        let generator = definition.generator
        let items = Int(definition.items)
        var accounts = [Account](repeating: Account(), count: items * definition.steps)
        var answer = Answer(definition)
        for index in 0..<definition.orders {
            var order = generator.event(at: index)
            var place = Int(order.item)
            var step = 0
            while step < definition.steps {
                let reply = accounts[place].serve(
                    ServiceRequest(
                        item: order.item, amount: order.amount, fails: step == order.failsAt,
                        isUndo: false))
                if !reply.isDone { break }
                order.found += reply.found
                order.marks[step] = reply.count
                step += 1
                place += items
            }
            if step == definition.steps {
                answer.tally.commit(order)
                continue
            }
            let failedStep = step
            while step > 0 {
                step -= 1
                place -= items
                let reply = accounts[place].serve(
                    ServiceRequest(
                        item: order.item, mark: order.marks[step], amount: order.amount,
                        fails: false, isUndo: true))
                order.dirtyReads += reply.count
            }
            answer.tally.compensate(order, failedStep: failedStep)
        }
        for service in 0..<definition.steps {
            for item in 0..<items {
                answer.add(
                    accounts[service * items + item], service: service, item: UInt32(item))
            }
        }
        return answer
    }
}
