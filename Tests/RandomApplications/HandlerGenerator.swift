// Random handlers: expressions, statements, asks.

/// What a handler may do where it stands.
struct HandlerPlace {
    var seesPartition = true
    var hasReply = false
    var isKeyed = true
    /// A request is in its hands: each path answers it, or leaves it.
    var answers = false
    var canFail = false
    /// Portals it may ask, with at most so many asks in asks.
    var portals: [Int] = []
    var depth = 0
    var removesStates = false
}

extension Draw {
    mutating func expression(_ place: HandlerPlace, depth: Int = 2) -> Expression {
        if depth > 0 && chance(45) {
            let left = expression(place, depth: depth - 1)
            switch below(4) {
            case 0: return .sum(left, expression(place, depth: depth - 1))
            case 1: return .difference(left, expression(place, depth: depth - 1))
            case 2: return .product(left, .constant(Int64(below(7)) - 3))
            default: return .remainder(left, Int64(2 + below(97)))
            }
        }
        var leaves: [Expression] = [
            .eventA, .eventA, .eventB, .constant(Int64(below(20)) - 5), .stateA, .stateA, .stateB,
        ]
        if place.seesPartition { leaves += [.partitionState, .partitionState] }
        if place.hasReply { leaves += [.replyA, .replyA, .replyB] }
        if place.isKeyed { leaves.append(.key) }
        if chance(8) { leaves += [.step, .random] }
        return pick(leaves)
    }

    /// Over the event alone: for maps, filters and splits.
    mutating func eventExpression(depth: Int = 2) -> Expression {
        if depth > 0 && chance(50) {
            let left = eventExpression(depth: depth - 1)
            switch below(3) {
            case 0: return .sum(left, eventExpression(depth: depth - 1))
            case 1: return .product(left, .constant(Int64(below(7)) - 3))
            default: return .remainder(left, Int64(2 + below(97)))
            }
        }
        return pick([.eventA, .eventA, .eventB, .constant(Int64(below(20)) - 5)])
    }

    mutating func eventCondition() -> Condition {
        let divisor = Int64(2 + below(4))
        return Condition(
            eventExpression(depth: 1), divisor: divisor, below: Int64(1 + below(Int(divisor) - 1)))
    }

    mutating func condition(_ place: HandlerPlace) -> Condition {
        let divisor = Int64(2 + below(4))
        return Condition(
            expression(place, depth: 1), divisor: divisor,
            below: Int64(1 + below(Int(divisor) - 1)))
    }

    mutating func block(
        _ place: HandlerPlace, _ asks: inout [AskDescription], size: Int = 3
    ) -> [Statement] {
        var statements: [Statement] = []
        for _ in 0..<(1 + below(size)) { statements.append(statement(place, &asks)) }
        if place.canFail && chance(60) {
            let fails = Condition(
                expression(place, depth: 1), divisor: Int64(4 + below(6)), below: 1)
            statements.insert(
                .when(fails, [.fail], otherwise: []), at: below(statements.count + 1))
        }
        if place.answers { statements += answer(place, &asks) }
        return statements
    }

    private mutating func statement(
        _ place: HandlerPlace, _ asks: inout [AskDescription]
    ) -> Statement {
        switch below(10) {
        case 0, 1, 2: return .emit(expression(place), expression(place, depth: 1))
        case 3: return .setState(.sum(.stateA, .eventA), .sum(.stateB, .constant(1)))
        case 4: return .setState(expression(place), expression(place))
        case 5: return .emit(.stateA, .stateB)
        case 6 where place.seesPartition:
            return .setPartitionState(
                chance(50) ? .sum(.partitionState, .eventA) : expression(place))
        case 7 where place.depth < 2:
            var inner = place
            inner.depth += 1
            inner.canFail = false
            inner.answers = false
            return .when(
                condition(place), block(inner, &asks, size: 2),
                otherwise: chance(50) ? block(inner, &asks, size: 2) : [])
        case 8 where place.removesStates:
            return .when(condition(place), [.removeState], otherwise: [])
        case 8, 9:
            if place.portals.isEmpty || place.depth > 1 { break }
            return ask(place, &asks, answers: false)
        default: break
        }
        return .emit(expression(place), .eventB)
    }

    /// Ends a request: at most one answer on each path.
    private mutating func answer(
        _ place: HandlerPlace, _ asks: inout [AskDescription]
    ) -> [Statement] {
        if place.depth < 2 && chance(20) {
            var inner = place
            inner.depth += 1
            return [
                .when(
                    condition(place), answer(inner, &asks), otherwise: answer(inner, &asks))
            ]
        }
        if !place.portals.isEmpty && place.depth < 2 && chance(55) {
            return [ask(place, &asks, answers: true)]
        }
        switch below(12) {
        case 0: return [.refuse]
        case 1: return []
        case 2 where place.hasReply: return [.reply(.replyA, .replyB)]
        default: return [.reply(expression(place), expression(place, depth: 1))]
        }
    }

    private mutating func ask(
        _ place: HandlerPlace, _ asks: inout [AskDescription], answers: Bool
    ) -> Statement {
        let form = pick(
            [.remembered, .remembered, .future, .future, .all, .all, .any, .dropped, .cancelled]
                as [WaitForm])
        let several = form == .all || form == .any
        var ask = AskDescription(portal: pick(place.portals), form: form, requests: [])
        for _ in 0..<(several ? 1 + below(3) : 1) {
            ask.requests.append(
                .init(a: expression(place, depth: 1), b: expression(place, depth: 1)))
        }
        var inner = place
        inner.depth += 1
        inner.hasReply = true
        inner.answers = answers
        inner.seesPartition = form == .remembered
        // Reserved before its continuations make asks of their own.
        let number = asks.count
        asks.append(ask)
        if form != .dropped {
            ask.onReply = block(inner, &asks, size: 2)
            ask.onFailure = block(inner, &asks, size: 1)
        }
        // Where a handler always runs, which notes the time of the step.
        if (form == .remembered || form == .future) && chance(30) {
            ask.timeoutNanoseconds = pick([1, 100, 1_000])
        }
        if answers { ask.otherwise = [.reply(.eventA, .constant(1))] }
        asks[number] = ask
        return .ask(number)
    }

    /// Statements of the end of an atom or a stream.
    mutating func endBlock(isKeyed: Bool, emitsStates: Bool) -> [Statement] {
        var place = HandlerPlace()
        place.isKeyed = false
        var statements: [Statement] = []
        func partitionOnly(_ draw: inout Draw) -> Expression {
            draw.pick([.partitionState, .sum(.partitionState, .constant(1)), .constant(7)])
        }
        if emitsStates && isKeyed { statements.append(.emitStates) }
        if chance(60) {
            statements.append(
                .emitKeyed(
                    partitionOnly(&self), partitionOnly(&self),
                    key: .constant(Int64(below(9)))))
        }
        if chance(50) {
            statements.append(.setPartitionState(.sum(.partitionState, .constant(1))))
        }
        if chance(20) { statements.append(.setPartitionState(.constant(0))) }
        return statements
    }
}
