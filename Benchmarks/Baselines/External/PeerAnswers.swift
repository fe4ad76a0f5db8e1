// From a peer's report to the answer that the workload's oracle judges: the same oracle as for
// every other system.
import DurableAppend
import Harness
import ItemQueue
import KeyedCount
import PortalPingPong
import ShoppingCart

/// Judges the answers of peers.
enum PeerAnswers {
    /// The system whose cart cannot ask.
    static let acyclicCart = "flink-acyclic-cart"

    /// What is wrong with the answer, in words; nil if it is right.
    ///
    /// - Errors: a `TrialFault` if the report lacks a part of the answer.
    static func fault(
        of report: PeerReport, _ configuration: TrialConfiguration
    ) throws(TrialFault) -> String? {
        let sized = configuration.sized(report.events)
        switch configuration.workload {
        case "keyed-count":
            return KeyedCount.Oracle(try KeyedCount.Definition(sized)).check(
                KeyedCount.Answer(
                    records: try report.value("records"),
                    sumOfCounts: try report.value("sum-of-counts"),
                    counts: try report.values("counts")))
        case "portal-ping-pong":
            var answer = PortalPingPong.Answer()
            answer.pings = try report.value("pings")
            answer.pongs = try report.value("pongs")
            answer.sumOfValues = try report.value("sum-of-values")
            answer.chainsEnded = try report.value("chains-ended")
            return PortalPingPong.Oracle(try PortalPingPong.Definition(sized)).check(answer)
        case "shopping-cart":
            var definition = try ShoppingCart.Definition(sized)
            if configuration.system == acyclicCart {
                // What it does is what the published program's remove did, in carts without bound.
                definition.mode = .faithful
                definition.cartItemsMax = .max
            }
            return ShoppingCart.Oracle(definition).check(try cart(report, definition))
        case "queue":
            return ItemQueue.Oracle(try ItemQueue.Definition(sized)).check(
                ItemQueue.Answer(
                    items: try report.value("items"), digest: try report.value("digest")))
        case "durable-append":
            var answer = DurableAppend.Answer()
            answer.records = try report.value("records")
            answer.digest = try report.value("digest")
            return DurableAppend.Oracle(try DurableAppend.Definition(sized)).check(answer)
        default: throw TrialFault("no peer has an answer to \(configuration.workload)")
        }
    }

    private static func cart(
        _ report: PeerReport, _ definition: ShoppingCart.Definition
    ) throws(TrialFault) -> ShoppingCart.Answer {
        var answer = ShoppingCart.Answer(definition)
        answer.stock = try narrow(report.values("stock"))
        answer.itemCounts = try narrow(report.values("item-counts"))
        for (user, items) in report.lists("cart") {
            guard answer.carts.indices.contains(user) else {
                throw TrialFault("gave the cart of user \(user), who is none")
            }
            answer.carts[user] = try narrow(items)
        }
        let top = try narrow(report.lists("top-items")[0] ?? [])
        guard top.count.isMultiple(of: 2) else {
            throw TrialFault("gave top items that are no pairs of item and count")
        }
        answer.topItems = stride(from: 0, to: top.count, by: 2).map {
            ItemCount(item: top[$0], count: top[$0 + 1])
        }
        answer.orders = try report.value("orders")
        answer.orderParts = try report.value("order-parts")
        answer.orderedItems = try report.value("ordered-items")
        answer.ordersOfCarts = try report.value("orders-of-carts")
        answer.emptyCheckouts = try report.value("empty-checkouts")
        answer.missingRemoves = try report.value("missing-removes")
        answer.fullReturns = try report.value("full-returns")
        answer.given = try replies(report, "given")
        answer.received = try replies(report, "received")
        return answer
    }

    private static func replies(
        _ report: PeerReport, _ side: String
    ) throws(TrialFault) -> ShoppingCart.Answer.Replies {
        var replies = ShoppingCart.Answer.Replies()
        replies.granted = try report.value(side + "-granted")
        replies.refused = try report.value(side + "-refused")
        replies.returned = try report.value(side + "-returned")
        return replies
    }

    private static func narrow(_ values: [UInt64]) throws(TrialFault) -> [UInt32] {
        let narrow = values.compactMap { UInt32(exactly: $0) }
        guard narrow.count == values.count else {
            throw TrialFault("gave a number of 2^32 or more where there are 32 bits")
        }
        return narrow
    }
}
