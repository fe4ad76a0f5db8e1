// How the program ends on a command line that it cannot serve.
import Glibc

/// Prints `message` to standard error and ends with the status for a wrong use, 64 (EX_USAGE).
func refuse(_ message: String) -> Never {
    // `stderr` is a mutable global, which Swift 6 refuses; the descriptor behind it is not.
    for byte in "HotShapes: \(message)\n".utf8 {
        _ = unsafe withUnsafeBytes(of: byte) { unsafe write(STDERR_FILENO, $0.baseAddress!, 1) }
    }
    exit(64)
}
