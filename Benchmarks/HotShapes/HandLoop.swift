// The line that every other shape is measured against: map, filter, map and sum over 64-bit
// integers in a plain loop, one atom at a time.

/// Sums what is left of `events` integers.
@inline(never)
func handLoop(events: Int) -> UInt64 {
    var atom = [UInt64](repeating: 0, count: HotShapes.atomSize)
    for index in atom.indices { atom[index] = UInt64(index) }
    var sum: UInt64 = 0
    var remaining = events
    while remaining > 0 {
        let count = min(remaining, atom.count)
        sum &+= reduce(atom, count, seed: sum)
        remaining -= count
    }
    return sum
}

/// One atom; never inlined, so that no atom is computed from the one before it.
@inline(never)
private func reduce(_ atom: [UInt64], _ count: Int, seed: UInt64) -> UInt64 {
    var sum: UInt64 = 0
    for index in 0..<count {
        let mapped = (atom[index] ^ seed) &* 3
        if mapped & 1 == 0 { sum &+= mapped &+ 1 }
    }
    return sum
}
