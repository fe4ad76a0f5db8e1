// The BLAS of this process, and whether several workers may call it.
import COpenBLAS

/// OpenBLAS, as this process has it.
enum BLAS {
    /// Looks at it, once a process.
    ///
    /// A build without locks gives wrong products where two threads call it: 26 of 80,000 on four
    /// threads, with Debian's serial build of OpenBLAS 0.3.21.
    static let ready = Result<Void, MLServingFault> { () throws(MLServingFault) in
        let configuration = unsafe String(cString: openblas_get_config())
        if configuration.contains("SINGLE_THREADED") {
            throw MLServingFault(
                "ml-serving: the OpenBLAS of this machine (\(configuration)) is built without "
                    + "locks, and computes wrongly on several workers: install "
                    + "libopenblas-openmp-dev in its place, and build again")
        }
    }

    /// Lets what follows on this thread compute on it alone, so that a worker's core is all that a
    /// partition takes; before each batch, because the setting is the thread's, and whose thread a
    /// partition is on is not known here. Without it a product of 64 images waits for a core that
    /// another worker spins on: 150 times as long.
    static func staysOnThisThread() { openblas_set_num_threads(1) }
}
