// The probe of the state table alone: sixteen control bytes against one in a single instruction.
import CPlatform

/// Matches a group of control bytes once an event and counts the hits.
@inline(never)
func groupMatch(events: Int) -> UInt64 {
    let groupBytes = 16
    let controls = (0..<UInt8(groupBytes)).map { $0 }
    // The pointer is valid inside the closure, and the array holds the sixteen bytes of a group.
    return unsafe controls.withUnsafeBufferPointer { bytes in
        var hits: UInt64 = 0
        for event in 0..<events {
            // Every other event looks for a byte that is there.
            let wanted = UInt8(truncatingIfNeeded: event) & 31
            let mask = unsafe portals_group_match(bytes.baseAddress!, wanted)
            hits &+= UInt64(mask.nonzeroBitCount)
        }
        return hits
    }
}
