// Functions of the C library, so that one file alone imports it for them.
import Glibc

/// e to the power of x.
func exponential(_ x: Float) -> Float { expf(x) }
