// Who must have ended before an element seals, and which elements end together.

extension Planner {
    /// Which elements can seal, and which only rest.
    func relate() {
        let all = directory.elements + added
        var reaches = all.map { $0.downstream }
        // Transitive closure: few elements, done once a launch.
        var changed = true
        while changed {
            changed = false
            for index in all.indices {
                var grown = reaches[index]
                for next in reaches[index] { grown.formUnion(reaches[next]) }
                if grown.count != reaches[index].count {
                    reaches[index] = grown
                    changed = true
                }
            }
        }
        var streamReaches = all.map { element in
            Set(
                element.channels.compactMap { channel -> Int? in
                    // What a stream retains has no consumer.
                    if case .stream = channel.kind, channel.consumer >= 0 {
                        channel.consumer
                    } else {
                        nil
                    }
                })
        }
        changed = true
        while changed {
            changed = false
            for index in all.indices {
                var grown = streamReaches[index]
                for next in streamReaches[index] { grown.formUnion(streamReaches[next]) }
                if grown.count != streamReaches[index].count {
                    streamReaches[index] = grown
                    changed = true
                }
            }
        }
        for plan in all {
            plan.neverSeals =
                streamReaches[plan.id].contains(plan.id)
                || (plan.definition.kind == .sequencer && plan.definition.isOpen)
            plan.externalUpstream = plan.upstream.filter {
                $0 != plan.id && !reaches[plan.id].contains($0)
            }
            plan.circle = nil
        }
        changed = true
        while changed {
            changed = false
            for plan in all where !plan.neverSeals {
                if plan.upstream.contains(where: { all[$0].neverSeals }) {
                    plan.neverSeals = true
                    changed = true
                }
            }
        }
        for plan in all where !plan.neverSeals && plan.circle == nil {
            let members = reaches[plan.id].filter { reaches[$0].contains(plan.id) }
            if members.count > 1 { makeCircle(members, all) }
        }
    }

    /// Puts them in the order in which they seal: a stream's producer before its consumer, and else
    /// the one that waits for the fewest of those left.
    private func makeCircle(_ members: Set<Int>, _ all: [ElementPlan]) {
        var left = members
        var order: [Int] = []
        while !left.isEmpty {
            // Streams alone form no cycle here: what lies on one never seals.
            let free = left.filter { member in
                !left.contains { $0 != member && all[$0].streams(to: member) }
            }
            let next = free.min { one, two in
                let (ones, twos) = (all[one].upstream, all[two].upstream)
                return (ones.intersection(left).count, one) < (twos.intersection(left).count, two)
            }
            order.append(unsafe next.unsafelyUnwrapped)
            left.remove(order[order.count - 1])
        }
        let circle = SealCircle(order)
        for (place, member) in order.enumerated() {
            all[member].circle = circle
            all[member].circlePlace = place
        }
    }
}

extension ElementPlan {
    func streams(to consumer: Int) -> Bool {
        channels.contains {
            if case .stream = $0.kind { $0.consumer == consumer } else { false }
        }
    }
}
