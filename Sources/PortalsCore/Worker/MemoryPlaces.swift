// Where a worker's memory lies: for proofs of placement, never for a running loop.

extension Worker {
    /// Addresses in a worker's memory, by what they belong to.
    package struct MemoryPlaces {
        /// The rings that it reads, one for each other worker.
        package var rings: [UInt] = []
        /// The slabs that its chunks are cut from.
        package var chunkSlabs: [UInt] = []
        /// The state tables of the tasks of its partitions.
        package var stateTables: [UInt] = []
    }

    /// Where its rings, chunks and tables lie now; while all workers stand still.
    package var memoryPlaces: MemoryPlaces {
        let own = unsafe directory.partitions.filter { unsafe $0.worker === self }
        return unsafe MemoryPlaces(
            rings: ringAddresses.map { UInt(bitPattern: $0) },
            chunkSlabs: pool.slabAddresses.map { UInt(bitPattern: $0) },
            stateTables: own.flatMap { unsafe $0.nodes.compactMap { unsafe $0.stateAddress?() } }
                .map { UInt(bitPattern: $0) })
    }
}
