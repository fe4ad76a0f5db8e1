// A saga as its users write it: a name, an identity, steps; and what can be wrong with one.
import Portals

/// A long piece of work as steps over several services, each with what undoes it.
///
/// The steps run one after the other. When one fails, the steps before it are undone in reverse
/// order, so that each saga ends ``SagaEnding/committed`` or
/// ``SagaEnding/compensated(failedStep:)``, exactly once, also across crashes of a site with a
/// journal. Other sagas, and whoever else asks the services, see the steps in between: a saga is no
/// transaction.
///
/// ```swift
/// let buying = Saga<Purchase>("buying", identifiedBy: { $0.order }) {
///     SagaStep("reserve", asks: stock) { … } onReply: { … } compensation: { … }
///     SagaStep("charge", asks: payments) { … } onReply: { … } compensation: { … }
///     SagaStep("ship", asks: shipping, compensation: .impossible) { … } onReply: { … }
/// }
/// app.workflow("purchases").source(purchases).saga(buying).sink("outcomes")
/// ```
/// Source: Garcia-Molina and Salem, Sagas, SIGMOD 1987; steps as data with their compensations
/// beside them as in Eventuate Tram Sagas; what a step has learned goes to its compensation, as the
/// logs of MassTransit's routing slips do. `README.md` beside this file compares them.
public struct Saga<Data: Event>: Sendable {
    /// The name of its task in the workflow.
    public let name: String
    /// In the order in which they run.
    public let steps: [SagaStep<Data>]
    @usableFromInline let identifiedBy: @Sendable (Data) -> Key
    @usableFromInline let rules: [SagaRules]

    /// A saga.
    ///
    /// - Parameter identity: the key under which the saga runs: no other with the same runs at the
    ///   same time. A number of the order, for example, and not that of the customer.
    public init(
        _ name: String, identifiedBy identity: @escaping @Sendable (Data) -> Key,
        steps: [SagaStep<Data>]
    ) {
        self.name = name
        self.steps = steps
        identifiedBy = identity
        rules = steps.map(\.rules)
    }

    /// The same, with the steps one below the other.
    public init(
        _ name: String, identifiedBy identity: @escaping @Sendable (Data) -> Key,
        @SagaSteps<Data> _ steps: () -> [SagaStep<Data>]
    ) {
        self.init(name, identifiedBy: identity, steps: steps())
    }

    /// Portals that one task may ask.
    private static var portalsMax: Int { 64 }

    /// What is wrong with it, all of it, each with its cure; the launch is refused with these.
    public var faults: [String] {
        var faults: [String] = []
        if name.isEmpty { faults.append("a saga has no name: give it one") }
        if steps.isEmpty { faults.append("it has no steps: give at least one") }
        if steps.count > Int(UInt16.max) {
            faults.append("it has \(steps.count) steps; give at most \(UInt16.max)")
        }
        if Set(steps.map { ObjectIdentifier($0.portal) }).count > Self.portalsMax {
            faults.append(
                "its steps ask more than \(Self.portalsMax) portals; let one service stand for "
                    + "several")
        }
        var seen: Set<String> = []
        for (index, step) in steps.enumerated() {
            if step.name.isEmpty { faults.append("step \(index) has no name: give it one") }
            if !step.name.isEmpty && !seen.insert(step.name).inserted {
                faults.append("two steps are named '\(step.name)': rename one")
            }
            faults += step.faults
        }
        if let pivot = steps.firstIndex(where: { $0.rules.undo == .impossible }) {
            let name = steps[pivot].name
            if steps[pivot].timeoutNanoseconds != nil
                && steps[pivot].rules.retries.attemptsMax != nil
            {
                faults.append(
                    "step '\(name)' can't be undone and may time out with its effect unknown: give "
                        + "it `retries: .untilDone`, or no time-out")
            }
            for step in steps[(pivot + 1)...] where step.rules.retries.attemptsMax != nil {
                faults.append(
                    "step '\(name)' can't be undone, but '\(step.name)' after it may fail: give "
                        + "'\(step.name)' `retries: .untilDone`, or put it before '\(name)'")
            }
        }
        return faults.map { "saga '\(self.name)': \($0)" }
    }
}

/// Gathers the steps of a saga.
@resultBuilder
public enum SagaSteps<Data: Event> {
    /// A step.
    public static func buildExpression(_ step: SagaStep<Data>) -> [SagaStep<Data>] { [step] }
    /// Steps made elsewhere.
    public static func buildExpression(_ steps: [SagaStep<Data>]) -> [SagaStep<Data>] { steps }
    /// All of them, in order.
    public static func buildBlock(_ steps: [SagaStep<Data>]...) -> [SagaStep<Data>] {
        steps.flatMap { $0 }
    }
    /// Steps that are there only if a condition holds.
    public static func buildOptional(_ steps: [SagaStep<Data>]?) -> [SagaStep<Data>] { steps ?? [] }
    /// The steps of a branch.
    public static func buildEither(first steps: [SagaStep<Data>]) -> [SagaStep<Data>] { steps }
    /// The steps of the other branch.
    public static func buildEither(second steps: [SagaStep<Data>]) -> [SagaStep<Data>] { steps }
    /// The steps of a loop.
    public static func buildArray(_ steps: [[SagaStep<Data>]]) -> [SagaStep<Data>] {
        steps.flatMap { $0 }
    }
}
