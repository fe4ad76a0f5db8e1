// Atoms that a stream keeps for consumers that come later.

extension Leader {
    func retainAtom(_ channel: Int, _ step: UInt64, _ start: Int) {
        let number = publishedAtoms[channel] ?? 0
        publishedAtoms[channel] = number + 1
        retained[channel, default: []].append(
            (step, number, masks(at: start)))
        if retained[channel, default: []].count > element.definition.retainedAtoms {
            retained[channel, default: []].removeFirst()
        }
    }

    /// The numbers of the atoms that a stream retains; nil if it never retains any.
    func retainedNumbers(of stream: StreamDefinition) -> Range<UInt64>? {
        guard let channel = retentionChannel(stream) else { return nil }
        let next = publishedAtoms[channel] ?? 0
        return (retained[channel]?.first?.number ?? next)..<next
    }

    private func retentionChannel(_ stream: StreamDefinition) -> Int? {
        element.channels.firstIndex {
            $0.consumer < 0 && $0.kind == .stream(node: stream.node?.index ?? -1)
        }
    }

    /// The step at which a late consumer begins, where it begins with what is retained.
    func retainedStep(of stream: StreamDefinition, start: StreamStart) -> UInt64? {
        guard let channel = retentionChannel(stream) else { return nil }
        let atoms = retained[channel] ?? []
        // What is in flight is retained by those partitions that have done it already.
        let inFlight = ledger.isEmpty ? nextStep : ledger.first.number
        switch start {
        case .next: return nil
        case .earliest: return atoms.first?.step ?? inFlight
        case .atom(let number): return atoms.first { $0.number >= number }?.step ?? inFlight
        }
    }

    /// Puts retained atoms and those in flight in line for a consumer that was attached late.
    func replay(channel index: Int, stream: StreamDefinition, to consumer: Leader) {
        guard let source = retentionChannel(stream) else { return }
        let plan = element.channels[index]
        var wide: [UInt64] = []
        for atom in retained[source] ?? [] where atom.step >= plan.firstStep {
            wide = aligned(atom.masks, plan)
            _ = unsafe directory.roots.add(1, to: Roots.system)
            for partition in 0..<partitions {
                consumer.receive(
                    input: plan.input, step: atom.step, root: Roots.system, mask: wide[partition],
                    sender: partition)
            }
        }
        var end: UInt64 = 0
        for partition in 0..<partitions {
            end = unsafe max(
                end, directory.partitions[element.firstPartition + partition].endedSteps)
        }
        lateChannels.append((channel: index, source: source, end: end))
    }

    func completeMasks(_ number: UInt64) {
        for late in lateChannels {
            let plan = element.channels[late.channel]
            if number < plan.firstStep || number >= late.end { continue }
            let from = maskIndex(number, late.source)
            let to = maskIndex(number, late.channel)
            let masks = aligned(masks(at: from), plan)
            for partition in 0..<partitions { ledgerMasks[to + partition] = masks[partition] }
        }
        lateChannels.removeAll { $0.end <= number + 1 }
    }

    /// What a stream's partitions retain, as masks of the partitions that their parts go to.
    private func aligned(_ masks: [UInt64], _ plan: ChannelPlan) -> [UInt64] {
        masks.indices.map { partition in
            masks[partition] == 0 ? 0 : 1 << UInt64(partition % plan.consumerPartitions)
        }
    }
}
