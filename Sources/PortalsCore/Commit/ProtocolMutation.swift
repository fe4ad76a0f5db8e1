// Bugs of the commit and recovery protocol, put in on purpose: the simulation with faults must find
// every one. They are in the program only where it is built with PROTOCOL_MUTATIONS.
#if PROTOCOL_MUTATIONS
/// One bug; `scripts/test-mutations` runs the simulation with each.
public enum ProtocolMutation: String, CaseIterable, Sendable {
    // What workers hold and release.
    /// Outputs go out as soon as they are made.
    case releasesBeforeDurable
    /// An output stamped E goes out when drain E is durable, not E + 1.
    case releasesOneDrainEarly
    /// What is made later gets the stamp of what already waits.
    case keepsTheOldStamp
    /// What one drain releases goes out in the opposite order.
    case releasesInReverse
    /// The end of a stream is shown at once.
    case showsSealsAtOnce
    /// What a sink has prepared of an atom is shown when the atom has ended.
    case showsPreparedAtOnce
    /// Once a site has recovered, its outputs count as durable.
    case stampsAsFollowed

    // What leaders record.
    /// Every seventh decision is not recorded.
    case losesDecisions
    /// Times are recorded as those of the step before.
    case losesTimes
    /// The upper half of a long time is lost.
    case cutsLongTimes
    /// The word with a long time is not written.
    case losesLongTimes
    /// The input of a decision is not recorded.
    case losesInputs
    /// The end of a stream is not recorded.
    case losesSeals
    /// Seals and refusals are recorded before what they depend on is durable.
    case decidesOnUndurable
    /// The time of a time-out's step is not recorded.
    case losesTimerTimes
    /// A refused atom is recorded as a step that took it.
    case recordsRefusalsAsSteps
    /// What is followed is recorded once more.
    case recordsWhileFollowing
    /// Nothing is recorded after a recovery.
    case staysSilentAfterFollowing
    /// Times after a recovery are counted from the launch.
    case forgetsRecordedTimes

    // What the writer does.
    /// A drain gets its number when it has looked at the records, not before.
    case numbersDrainsLate
    /// The durable mark moves before the disk has synchronized.
    case marksBeforeSynchronize
    /// The disk is never asked to synchronize.
    case skipsSynchronize
    /// An error of the synchronization is taken for success.
    case ignoresSynchronizeErrors
    /// A block that found no room is taken for written.
    case ignoresAppendErrors
    /// Of a drain that fills several blocks only the first is written.
    case losesLaterBlocks
    /// The words of two workers in one block are told the wrong way round.
    case swapsWorkers

    // What a recovery does.
    /// Where it goes on is not written.
    case losesCuts
    /// It keeps one decision that it did not follow.
    case keepsOneTooMany
    /// A record that a crash has cut in two gets what follows the cut as its second half.
    case keepsRestsAtCuts
    /// A record that lies in two blocks loses its first half.
    case losesRests
    /// Times after a cut are counted from what was cut.
    case keepsTimesAtCuts
    /// The last block of decisions is left out.
    case forgetsLastBlock
    /// Leaders take atoms in any order while they follow.
    case ignoresRecordedInputs
    /// Steps that are followed get the time of now.
    case ignoresRecordedTimes
    /// Steps of time-outs that are followed get the time of the step before.
    case ignoresTimerTimes
    /// The clock begins anew.
    case forgetsLastTime
    /// What comes again is not compared with what was made before.
    case skipsDigests
    /// The digests of steps that were cut away are compared with the steps in their place.
    case keepsDigestsAtCuts

    // What the journal does.
    /// The checksum of a block is not looked at.
    case ignoresChecksums
    /// Blocks that an earlier writer left behind the end are taken for this one's.
    case acceptsStaleBlocks
    /// Damage of durable blocks is taken for a torn tail.
    case cutsDamage
    /// A writer does not look whether another has taken over.
    case ignoresFence
    /// Who takes over does not begin an epoch of its own.
    case keepsEpoch
    /// A full segment is left without synchronizing it.
    case leavesSegmentsUnsynchronized
    /// The name of a new segment is not made durable.
    case losesSegmentNames
    /// What a killed writer left un-synchronized is believed without making it durable.
    case believesFoundBlocks
    /// Blocks say that all is durable that was written.
    case claimsDurableEarly

    // What snapshots do.
    /// A snapshot is taken amid what is in flight.
    case cutsInFlight
    /// A snapshot is taken while outputs wait for the disk: they are in it, and not shown.
    case cutsHeldOutputs
    /// A snapshot is written before all of it is copied.
    case takesPartialCuts
    /// A snapshot is written before the records that it follows are durable.
    case takesUndurableCuts
    /// What was recorded before a snapshot is done once more.
    case replaysBeforeMarks
    /// Where a snapshot stands among the records is not written.
    case losesMarks
    /// Sources begin again after a snapshot.
    case forgetsOffsets
    /// Streams that had ended before a snapshot end once more.
    case forgetsEnds
    /// Applications that were stopped before a snapshot go on after it.
    case forgetsStops
    /// A unit of state that changes is not marked for the next snapshot.
    case losesUnitMarks
    /// A unit that is about to change is not copied before.
    case copiesUnitsLate
    /// The state is that of the snapshot before the newest.
    case choosesStaleSnapshots
    /// Changes are taken for the whole.
    case leavesBasesOut
    /// A snapshot has its name before it is durable.
    case namesSnapshotsEarly
    /// What a snapshot that was lost would have held is not in the next one.
    case forgetsLostSnapshots
    /// Snapshots are removed that a kept one builds on.
    case prunesBases
    /// The journal before a snapshot is given up when that has only begun.
    case givesJournalUpEarly
    /// The segment that a snapshot goes on from is given up with those before it.
    case givesTooMuchUp

    /// The bug that is in; set before any engine is made.
    nonisolated(unsafe) public static var active: ProtocolMutation?

    /// Whether that bug is in.
    @inlinable
    public static func has(_ mutation: ProtocolMutation) -> Bool { unsafe active == mutation }
}
#endif
