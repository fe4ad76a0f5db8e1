// Closure tasks whose handlers may throw: no part of the core, which knows no existential errors.
import PortalsCore

/// A task body made of closures that may throw any error.
public struct ThrowingTask<
    Input: Event, State, Output: Event, Memory, Request: Event, Reply: Event
>: TaskBody, StatelessBody {
    /// True: each closure may throw.
    @inlinable public static var canFail: Bool { true }
    @usableFromInline let initial: @Sendable () -> State
    @usableFromInline let event:
        @Sendable (Input, inout State, inout TaskContext<Self>) throws -> Void
    @usableFromInline let request:
        @Sendable (Request, inout State, inout TaskContext<Self>) throws -> Void

    @inlinable
    init(
        initial: @escaping @Sendable () -> State,
        event: @escaping @Sendable (Input, inout State, inout TaskContext<Self>) throws -> Void,
        request:
            @escaping @Sendable (Request, inout State, inout TaskContext<Self>) throws ->
            Void = { _, _, _ in }
    ) {
        self.initial = initial
        self.event = event
        self.request = request
    }

    /// The state that the closure gives a key touched for the first time.
    @inlinable public func initialState() -> State { initial() }

    /// Runs the closure for events; what it throws fails the handler.
    @inlinable
    public mutating func onEvent(
        _ value: Input, _ state: inout State, _ task: inout TaskContext<Self>
    ) {
        do { try event(value, &state, &task) } catch { task.fail(String(describing: error)) }
    }

    /// Runs the closure for requests; what it throws fails the handler.
    @inlinable
    public mutating func onRequest(
        _ value: Request, _ state: inout State, _ task: inout TaskContext<Self>
    ) {
        do { try request(value, &state, &task) } catch { task.fail(String(describing: error)) }
    }
}

extension Flow {
    /// A task of closures whose handler may throw: the workflow's failure policy says what follows.
    @inlinable @inline(__always)
    @discardableResult
    public func throwingTask<State, Output: Event>(
        _ name: String, state: @escaping @Sendable @autoclosure () -> State,
        emits: Output.Type,
        _ onEvent:
            @escaping @Sendable (
                Element, inout State,
                inout TaskContext<
                    ThrowingTask<Element, State, Output, Never, Never, Never>
                >
            ) throws -> Void
    ) -> Flow<Output, Keys> {
        task(
            name,
            ThrowingTask<Element, State, Output, Never, Never, Never>(
                initial: state, event: onEvent)
        )
    }

    /// A task of closures that replies to a portal, and whose handlers may throw.
    @inlinable @inline(__always)
    @discardableResult
    public func throwingTask<State, Output: Event, Request: Event, Reply: Event>(
        _ name: String, state: @escaping @Sendable @autoclosure () -> State,
        emits: Output.Type, replies portal: Portal<Request, Reply>,
        _ onEvent:
            @escaping @Sendable (
                Element, inout State,
                inout TaskContext<
                    ThrowingTask<Element, State, Output, Never, Request, Reply>
                >
            ) throws -> Void,
        onRequest:
            @escaping @Sendable (
                Request, inout State,
                inout TaskContext<
                    ThrowingTask<Element, State, Output, Never, Request, Reply>
                >
            ) throws -> Void
    ) -> Flow<Output, Keys> {
        task(
            name,
            ThrowingTask<Element, State, Output, Never, Request, Reply>(
                initial: state, event: onEvent, request: onRequest), replies: portal
        )
    }

    /// A task of closures that asks a portal, and whose handlers may throw.
    @inlinable @inline(__always)
    @discardableResult
    public func throwingTask<State, Output: Event, Request: Event, Reply: Event, Memory>(
        _ name: String, state: @escaping @Sendable @autoclosure () -> State,
        emits: Output.Type, asks portal: Portal<Request, Reply>, remembering: Memory.Type,
        _ onEvent:
            @escaping @Sendable (
                Element, inout State,
                inout TaskContext<
                    ThrowingTask<Element, State, Output, Memory, Never, Never>
                >
            ) throws -> Void,
        onReply:
            @escaping @Sendable (
                Reply, Memory, inout State,
                inout TaskContext<
                    ThrowingTask<Element, State, Output, Memory, Never, Never>
                >
            ) throws -> Void,
        onFailure:
            @escaping @Sendable (
                AskFailure, Memory, inout State,
                inout TaskContext<
                    ThrowingTask<Element, State, Output, Memory, Never, Never>
                >
            ) throws -> Void
    ) -> Flow<Output, Keys> {
        task(
            name,
            ThrowingTask<Element, State, Output, Memory, Never, Never>(
                initial: state, event: onEvent),
            asks: [
                Asking(
                    portal,
                    onReply: { _, reply, memory, state, task in
                        do { try onReply(reply, memory, &state, &task) } catch {
                            task.fail(String(describing: error))
                        }
                    },
                    onFailure: { _, failure, memory, state, task in
                        do { try onFailure(failure, memory, &state, &task) } catch {
                            task.fail(String(describing: error))
                        }
                    })
            ]
        )
    }
}
