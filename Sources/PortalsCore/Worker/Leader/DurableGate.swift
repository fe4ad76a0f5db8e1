// What a leader knows of others without an atom that says so: it acts on it when it is durable.

/// Lets a decision wait until all that its leader knew when it first wanted to is durable.
///
/// A decision on an atom can be followed after a crash only if the atom is there again: if what it
/// came of was lost, the decision is cut away too. Seals and refusals take no atom from those they
/// depend on: a seal says that others have ended, or are at rest; a refusal, that another has
/// failed. Records of several workers go through rings of their own, and a crash keeps a prefix of
/// the journal, in which one worker's newest record may stand without those of another that it
/// rests on. The others would decide anew what was lost, perhaps in another order, and send
/// something to an element that has sealed, or not fail at all. So these two wait for the disk:
/// their record is always behind what they depend on.
///
/// ```
/// element b:  step ── step ── completes ──┐ published         durable up to here
/// element a:                              └► ready: stamp ── … ──► seal: recorded
/// ```
/// - Cost: one commit for each element at the end of its stream; nothing before it.
struct DurableGate {
    private var stamp: UInt64?
    private var isOpen = false

    /// What a leader is to do about its decision.
    enum Answer {
        /// It may decide.
        case go
        /// The writer has just been asked; others have something to do now.
        case asked
        case wait
    }

    /// Whether all is durable that was published when this was asked first.
    mutating func answer(_ recorder: Uncounted<StepRecorder>?) -> Answer {
        #if PROTOCOL_MUTATIONS
        if ProtocolMutation.has(.decidesOnUndurable) { return .go }
        #endif
        // What is followed was recorded behind what it depends on.
        guard !isOpen, let recorder, recorder.with({ $0.isRecording }) else { return .go }
        guard let stamp else {
            stamp = recorder.with { $0.awaitDurable() }
            return .asked
        }
        isOpen = recorder.with { $0.marks.released > stamp }
        return isOpen ? .go : .wait
    }

    /// What was known may no longer hold.
    mutating func close() { self = DurableGate() }
}
