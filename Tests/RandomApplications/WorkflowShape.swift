// Random shapes of one workflow: chains, diamonds, keys, tasks.

struct WorkflowShape {
    let application: Int
    let replies: Int?
    let policy: PolicyDescription
    /// Portals that its one asking task may ask.
    var asks: [Int] = []
    var nodes: [NodeDescription] = []
    var isKeyed: [Bool] = []

    init(application: Int, replies: Int?, policy: PolicyDescription) {
        self.application = application
        self.replies = replies
        self.policy = policy
    }

    private mutating func add(_ node: NodeDescription, keyed: Bool) -> Int {
        nodes.append(node)
        isKeyed.append(keyed)
        return nodes.count - 1
    }

    /// Adds a few stages, and among them the task that asks and replies.
    mutating func grow(_ draw: inout Draw, keyRule: KeyRule) {
        var place = 0
        for _ in 0..<draw.below(3) { place = stage(&draw, place, depth: 1) }
        if !isKeyed[place] && (replies != nil || !asks.isEmpty || draw.chance(70)) {
            place = add(.key(place, keyRule), keyed: true)
        }
        place = add(
            .task(place, task(&draw, keyed: isKeyed[place], isPortalTask: true)),
            keyed: isKeyed[place])
        for _ in 0..<draw.below(4) { place = stage(&draw, place, depth: 1) }
    }

    private mutating func stage(_ draw: inout Draw, _ input: Int, depth: Int) -> Int {
        let keyed = isKeyed[input]
        switch draw.below(depth > 0 ? 10 : 7) {
        case 0:
            return add(
                .map(input, draw.eventExpression(), draw.eventExpression(depth: 1)), keyed: keyed)
        case 1: return add(.filter(input, draw.eventCondition()), keyed: keyed)
        case 2, 3:
            let rule = KeyRule(
                weightA: draw.pick([1, 3]), weightB: draw.pick([0, 1]),
                keys: draw.pick([1, 3, 7, 13]))
            return add(.key(input, rule), keyed: true)
        case 4, 5, 6:
            return add(
                .task(input, task(&draw, keyed: keyed, isPortalTask: false)), keyed: keyed)
        default:
            var left = input
            var right = input
            for _ in 0..<draw.below(3) { left = stage(&draw, left, depth: depth - 1) }
            for _ in 0..<draw.below(3) { right = stage(&draw, right, depth: depth - 1) }
            if isKeyed[left] != isKeyed[right] {
                let rule = KeyRule(weightA: 1, weightB: 0, keys: 5)
                if !isKeyed[left] { left = add(.key(left, rule), keyed: true) }
                if !isKeyed[right] { right = add(.key(right, rule), keyed: true) }
            }
            return add(.union(left, right), keyed: isKeyed[left])
        }
    }

    private func task(_ draw: inout Draw, keyed: Bool, isPortalTask: Bool) -> TaskDescription {
        var task = TaskDescription()
        task.cell = draw.pick(CellForm.allCases)
        task.initial = Cell(Int64(draw.below(3)), Int64(draw.below(3)))
        task.initialPartition = Int64(draw.below(4))
        task.canFail = policy == .abortAtom ? draw.chance(50) : draw.chance(25)
        var place = HandlerPlace()
        place.isKeyed = keyed
        place.canFail = task.canFail
        place.portals = isPortalTask ? asks : []
        let emitsStates = keyed && draw.chance(30)
        place.removesStates = keyed && !emitsStates && place.portals.isEmpty
        var asked: [AskDescription] = []
        task.onEvent = draw.block(place, &asked)
        if isPortalTask, let replies {
            task.replies = replies
            place.answers = true
            task.onRequest = draw.block(place, &asked)
        }
        task.asks = asked
        if draw.chance(25) {
            task.onAtomComplete = draw.endBlock(isKeyed: keyed, emitsStates: false)
        }
        if emitsStates || draw.chance(15) {
            task.onComplete = draw.endBlock(isKeyed: keyed, emitsStates: emitsStates)
        }
        return task
    }
}
