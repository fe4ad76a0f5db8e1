// The common form of a task: closures. They become a body whose handlers call them, 1.5 to 1.8 ns
// an event; a struct body is compiled into the loop.

/// A task body made of closures.
public struct ClosureTask<Input: Event, State, Output: Event, Memory, Request: Event, Reply: Event>:
    TaskBody, StatelessBody
{
    /// Handles an event, with the state of its key.
    public typealias OnEvent = @Sendable (Input, inout State, inout TaskContext<Self>) -> Void
    /// Handles a request, with the state of the key that the portal gave it.
    public typealias OnRequest = @Sendable (Request, inout State, inout TaskContext<Self>) -> Void
    /// Handles the end of an atom, or of the stream.
    public typealias OnEnd = @Sendable (inout TaskContext<Self>) -> Void

    @usableFromInline let initial: @Sendable () -> State
    @usableFromInline let event: OnEvent
    @usableFromInline let request: OnRequest
    @usableFromInline let atomEnd: OnEnd?
    @usableFromInline let end: OnEnd?

    @inlinable
    init(
        initial: @escaping @Sendable () -> State, event: @escaping OnEvent,
        request: @escaping OnRequest = { _, _, _ in }, atomEnd: OnEnd? = nil, end: OnEnd? = nil
    ) {
        self.initial = initial
        self.event = event
        self.request = request
        self.atomEnd = atomEnd
        self.end = end
    }

    /// The state that the closure gives a key touched for the first time.
    @inlinable public func initialState() -> State { initial() }

    /// Runs the closure for events.
    @inlinable @inline(__always)
    public mutating func onEvent(
        _ value: Input, _ state: inout State, _ task: inout TaskContext<Self>
    ) { event(value, &state, &task) }

    /// Runs the closure for requests.
    @inlinable @inline(__always)
    public mutating func onRequest(
        _ value: Request, _ state: inout State, _ task: inout TaskContext<Self>
    ) { request(value, &state, &task) }

    /// Runs the closure for the end of an atom, if there is one.
    @inlinable
    public mutating func onAtomComplete(_ task: inout TaskContext<Self>) { atomEnd?(&task) }

    /// Runs the closure for the end of the stream, if there is one.
    @inlinable
    public mutating func onComplete(_ task: inout TaskContext<Self>) { end?(&task) }
}

extension Asking {
    /// A portal whose replies are awaited as futures.
    @inlinable @inline(__always)
    public init<Request, Reply>(futuresOf asked: Portal<Request, Reply>) {
        self.init(
            asked, onReply: { _, _, _, _, _ in },
            onFailure: { _, _, _, _, _ in })
    }
}

extension Flow {
    /// A task of closures; its state is a value a key.
    ///
    /// ```swift
    /// .task("count", state: 0, emits: Int.self) { word, count, task in
    ///     count += 1
    ///     task.emit(count)
    /// }
    /// ```
    /// On a flow without keys, there is one state a partition.
    @inlinable @inline(__always)
    @discardableResult
    public func task<State, Output: Event>(
        _ name: String, state: @escaping @Sendable @autoclosure () -> State, emits: Output.Type,
        _ onEvent:
            @escaping @Sendable (
                Element, inout State,
                inout TaskContext<ClosureTask<Element, State, Output, Never, Never, Never>>
            ) -> Void,
        onAtomComplete: ClosureTask<Element, State, Output, Never, Never, Never>.OnEnd? = nil,
        onComplete: ClosureTask<Element, State, Output, Never, Never, Never>.OnEnd? = nil
    ) -> Flow<Output, Keys> {
        task(
            name,
            ClosureTask<Element, State, Output, Never, Never, Never>(
                initial: state, event: onEvent, atomEnd: onAtomComplete, end: onComplete)
        )
        .endingAtoms(onAtomComplete != nil)
    }

    /// A task of closures that emits events of the type that it takes in.
    @inlinable @inline(__always)
    @discardableResult
    public func task<State>(
        _ name: String, state: @escaping @Sendable @autoclosure () -> State,
        _ onEvent:
            @escaping @Sendable (
                Element, inout State,
                inout TaskContext<ClosureTask<Element, State, Element, Never, Never, Never>>
            ) -> Void
    ) -> Flow<Element, Keys> {
        task(name, state: state(), emits: Element.self, onEvent)
    }

    /// A task without state.
    @inlinable @inline(__always)
    @discardableResult
    public func process<Output: Event>(
        _ name: String, emits: Output.Type,
        _ onEvent:
            @escaping @Sendable (
                Element,
                inout TaskContext<ClosureTask<Element, Void, Output, Never, Never, Never>>
            ) -> Void
    ) -> Flow<Output, Keys> {
        task(name, state: (), emits: emits) { event, _, task in onEvent(event, &task) }
    }

    /// A task of closures that replies to a portal.
    @inlinable @inline(__always)
    @discardableResult
    public func task<State, Output: Event, Request: Event, Reply: Event>(
        _ name: String, state: @escaping @Sendable @autoclosure () -> State,
        emits: Output.Type, replies portal: Portal<Request, Reply>,
        _ onEvent:
            @escaping @Sendable (
                Element, inout State,
                inout TaskContext<ClosureTask<Element, State, Output, Never, Request, Reply>>
            ) -> Void,
        onRequest:
            @escaping @Sendable (
                Request, inout State,
                inout TaskContext<ClosureTask<Element, State, Output, Never, Request, Reply>>
            ) -> Void
    ) -> Flow<Output, Keys> {
        task(
            name,
            ClosureTask<Element, State, Output, Never, Request, Reply>(
                initial: state, event: onEvent, request: onRequest), replies: portal
        )
        .endingAtoms(false)
    }

    /// A task of closures that asks a portal and remembers a value for the reply.
    @inlinable @inline(__always)
    @discardableResult
    public func task<State, Output: Event, Request: Event, Reply: Event, Memory>(
        _ name: String, state: @escaping @Sendable @autoclosure () -> State,
        emits: Output.Type, asks portal: Portal<Request, Reply>, remembering: Memory.Type,
        _ onEvent:
            @escaping @Sendable (
                Element, inout State,
                inout TaskContext<ClosureTask<Element, State, Output, Memory, Never, Never>>
            ) -> Void,
        onReply:
            @escaping @Sendable (
                Reply, Memory, inout State,
                inout TaskContext<ClosureTask<Element, State, Output, Memory, Never, Never>>
            ) -> Void,
        onFailure: (
            @Sendable (
                AskFailure, Memory, inout State,
                inout TaskContext<ClosureTask<Element, State, Output, Memory, Never, Never>>
            ) -> Void
        )? = nil
    ) -> Flow<Output, Keys> {
        task(
            name,
            ClosureTask<Element, State, Output, Memory, Never, Never>(
                initial: state, event: onEvent),
            asks: [
                Asking(
                    portal,
                    onReply: { _, reply, memory, state, task in
                        onReply(reply, memory, &state, &task)
                    },
                    onFailure: { _, failure, memory, state, task in
                        if let onFailure {
                            onFailure(failure, memory, &state, &task)
                        } else {
                            task.reportUnhandled(failure)
                        }
                    })
            ]
        ).endingAtoms(false)
    }

    /// A task of closures that asks a portal and awaits futures.
    @inlinable @inline(__always)
    @discardableResult
    public func task<State, Output: Event, Request: Event, Reply: Event>(
        _ name: String, state: @escaping @Sendable @autoclosure () -> State,
        emits: Output.Type, asks portal: Portal<Request, Reply>,
        _ onEvent:
            @escaping @Sendable (
                Element, inout State,
                inout TaskContext<ClosureTask<Element, State, Output, Never, Never, Never>>
            ) -> Void
    ) -> Flow<Output, Keys> {
        task(
            name,
            ClosureTask<Element, State, Output, Never, Never, Never>(
                initial: state, event: onEvent), asks: [Asking(futuresOf: portal)]
        ).endingAtoms(false)
    }

    /// A task of closures that replies to one portal and awaits futures of another, perhaps the
    /// same.
    @inlinable @inline(__always)
    @discardableResult
    public func task<
        State, Output: Event, Request: Event, Reply: Event, Question: Event, Answer: Event
    >(
        _ name: String, state: @escaping @Sendable @autoclosure () -> State,
        emits: Output.Type, replies portal: Portal<Request, Reply>,
        asks asked: Portal<Question, Answer>,
        _ onEvent:
            @escaping @Sendable (
                Element, inout State,
                inout TaskContext<ClosureTask<Element, State, Output, Never, Request, Reply>>
            ) -> Void,
        onRequest:
            @escaping @Sendable (
                Request, inout State,
                inout TaskContext<ClosureTask<Element, State, Output, Never, Request, Reply>>
            ) -> Void
    ) -> Flow<Output, Keys> {
        task(
            name,
            ClosureTask<Element, State, Output, Never, Request, Reply>(
                initial: state, event: onEvent, request: onRequest),
            asks: [Asking(futuresOf: asked)], replies: portal
        ).endingAtoms(false)
    }

    @usableFromInline
    func endingAtoms(_ ends: Bool) -> Self {
        node.endsAtoms = ends
        return self
    }
}
