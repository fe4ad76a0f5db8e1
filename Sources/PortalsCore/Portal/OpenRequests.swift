// Requests that outlive the handler they were handed to, because it asked: counted, so that each ends
// exactly once, with the first reply or when nothing is left that could give one.

/// The requests that a partition works on in continuations.
///
/// A request that its handler answers, or leaves without asking, is never here.
/// ```
///   handler asks ──► opened: holders = the handler + its asks
///   an ask's reply ──► that hold is its continuation's, which may ask: more holds
///   a handler returns ──► one hold less; at none: refused if not ended, and the place is free
/// ```
/// - Ownership: its worker's thread alone.
/// - Cost: no allocation in steady state: places are used again.
@safe
struct OpenRequests: ~Copyable {
    struct Request: BitwiseCopyable {
        /// Where its reply goes, and the tag that it brings.
        var origin: UInt64
        var tag: UInt64
        /// Handlers that run for it, and asks made for it that have not ended.
        var holders = 0
        /// Handlers of the current atomic step: what they did may be undone, so the place stays.
        /// Negative where the place is free.
        var kept = 0
        /// It was answered or refused.
        var isEnded = false
    }

    private var places = Queue<Request>(capacity: 8)
    private var free = Queue<UInt32>(capacity: 8)

    subscript(place: Int) -> Request {
        get { places[place] }
        set { places[place] = newValue }
    }

    /// Takes a request in that one handler holds.
    mutating func open(_ origin: UInt64, _ tag: UInt64) -> Int {
        let request = Request(origin: origin, tag: tag, holders: 1)
        if free.isEmpty {
            places.append(request)
            return places.count - 1
        }
        let place = Int(free.last)
        free.removeLast()
        places[place] = request
        return place
    }

    /// Frees the place of a request that nobody holds.
    mutating func close(_ place: Int) {
        places[place].kept = -1
        free.append(UInt32(truncatingIfNeeded: place))
    }
}

extension Partition {
    /// An ask is made for a request: it must not end before the ask has.
    ///
    /// - Returns: the request's place among the open ones, as an origin.
    @usableFromInline
    func hold(_ origin: UInt64, _ tag: UInt64) -> UInt64 {
        let opened = opened(origin, tag)
        openRequests[ReplyOrigin.place(opened)].holders += 1
        return opened
    }

    /// A handler of an atomic step works for a request: it is looked at again when the step ends.
    @usableFromInline
    func keep(_ origin: UInt64, _ tag: UInt64) -> UInt64 {
        let opened = opened(origin, tag)
        let place = ReplyOrigin.place(opened)
        openRequests[place].kept += 1
        keptRequests.append(place)
        return opened
    }

    private func opened(_ origin: UInt64, _ tag: UInt64) -> UInt64 {
        ReplyOrigin.isOpen(origin)
            ? origin : ReplyOrigin.make(place: openRequests.open(origin, tag))
    }

    /// A handler answers or refuses an open request.
    ///
    /// - Errors: traps if another handler did so before: that is the replier's bug.
    @usableFromInline
    func end(_ origin: UInt64) -> (origin: UInt64, tag: UInt64) {
        let place = ReplyOrigin.place(origin)
        precondition(
            !openRequests[place].isEnded,
            "a second reply to a request: another handler of it has answered or refused it before")
        noteEnd(place)
        return (openRequests[place].origin, openRequests[place].tag)
    }

    private func noteEnd(_ place: Int) {
        openRequests[place].isEnded = true
        if openRequests[place].kept > 0 { endedRequests.append(place) }
    }

    /// Whether a request was ended by an earlier handler.
    @usableFromInline
    func hasEnded(_ origin: UInt64) -> Bool {
        ReplyOrigin.isOpen(origin) && openRequests[ReplyOrigin.place(origin)].isEnded
    }

    /// A handler that ended a request has failed: it did not end it.
    @usableFromInline
    func reopen(_ origin: UInt64) {
        if ReplyOrigin.isOpen(origin) { openRequests[ReplyOrigin.place(origin)].isEnded = false }
    }

    /// A handler has returned and leaves its request: refused if nothing else could answer it.
    @usableFromInline
    func leave(_ origin: UInt64, _ tag: UInt64, _ failure: AskFailure) {
        guard ReplyOrigin.isOpen(origin) else { return refuse(origin, tag, failure) }
        let place = ReplyOrigin.place(origin)
        openRequests[place].holders -= 1
        let request = openRequests[place]
        if request.holders > 0 { return }
        if !request.isEnded {
            noteEnd(place)
            refuse(request.origin, request.tag, failure)
        }
        if request.kept == 0 { openRequests.close(place) }
    }

    /// An ask has ended that nobody waits for.
    @usableFromInline
    func leaveUnawaited(_ origin: UInt64) {
        if origin == ReplyOrigin.none { return }
        leave(isAtomic ? keep(origin, 0) : origin, 0, .replierFailed)
    }

    /// An ask is undone: it never held its request. Whoever undoes it still does.
    func forgetHold(_ origin: UInt64) {
        if origin != ReplyOrigin.none { openRequests[ReplyOrigin.place(origin)].holders -= 1 }
    }

    /// Ends what an atomic step did to requests: for good, or as if its handlers had not run.
    func settleRequests(commits: Bool) {
        if !commits { for place in endedRequests { openRequests[place].isEnded = false } }
        endedRequests.removeAll(keepingCapacity: true)
        for place in keptRequests { openRequests[place].kept -= 1 }
        // In the order in which the step's handlers were given them first.
        for place in keptRequests {
            let request = openRequests[place]
            if request.kept < 0 || request.holders > 0 { continue }
            if !request.isEnded { refuse(request.origin, request.tag, .replierFailed) }
            openRequests.close(place)
        }
        keptRequests.removeAll(keepingCapacity: true)
    }
}
