// Who must have ended before an element seals, and which elements end together.

extension Planner {
    /// Which elements can seal, and which only rest.
    func relate() {
        let all = directory.elements + added
        let circles = Circles(all.map { $0.downstream.sorted() })
        let streamCircles = Circles(
            all.map { element in
                element.channels.compactMap { channel -> Int? in
                    // What a stream retains has no consumer.
                    if case .stream = channel.kind, channel.consumer >= 0 {
                        channel.consumer
                    } else {
                        nil
                    }
                }
            })
        for plan in all {
            plan.neverSeals =
                streamCircles.isOnCycle(plan.id)
                || (plan.definition.kind == .sequencer && plan.definition.isOpen)
            plan.externalUpstream = plan.upstream.filter {
                circles.circle(of: $0) != circles.circle(of: plan.id)
            }
            plan.circle = nil
        }
        var resting = all.filter { $0.neverSeals }
        while let plan = resting.popLast() {
            for index in plan.downstream where !all[index].neverSeals {
                all[index].neverSeals = true
                resting.append(all[index])
            }
        }
        // What lies on one circle seals together, or not at all.
        for members in circles.all where members.count > 1 && !all[members[0]].neverSeals {
            makeCircle(Set(members), all)
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
