// The workloads and systems that `portals bench` measures.
import Harness

/// All workloads and systems of the suite.
public let registry = SystemRegistry(workloads: [], systems: [])
