// Work that an event is given where a workload wants some. Oracles have a loop of their own.

/// The compute loop: each step is the finaliser of MurmurHash3 on 64 bits (Appleby, public domain).
///
/// - Cost: 2.3 ns a step, as each waits for the one before; the plain loop of `atom-alignment` with
///   work does 0.106 million events of 4,096 steps a second (Workloads/README.md).
@inlinable @inline(__always)
public func computed(_ value: UInt64, steps: Int) -> UInt64 {
    var bits = value
    for _ in 0..<steps {
        bits = (bits ^ (bits &>> 33)) &* 0xFF51_AFD7_ED55_8CCD
        bits = (bits ^ (bits &>> 33)) &* 0xC4CE_B9FE_1A85_EC53
        bits ^= bits &>> 33
    }
    return bits
}
