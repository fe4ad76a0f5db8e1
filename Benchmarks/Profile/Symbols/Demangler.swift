// Mangled names of Swift made readable, by the runtime library that this program has anyhow.
import CPlatform
import Glibc

/// The demangler of Swift's runtime.
public enum Demangler {
    /// The full readable form of a Swift symbol; nil for any other.
    public static func demangled(_ symbol: String) -> String? {
        guard ["$s", "$S", "_$s", "$e"].contains(where: symbol.hasPrefix) else { return nil }
        // What LLVM appends (`.cold`, `.resume.0`) is no part of the mangling.
        let mangled = symbol.prefix { $0 != "." }
        let text = unsafe String(mangled).withCString { name in
            unsafe swift_demangle(name, strlen(name), nil, nil, 0)
        }
        guard let text = unsafe text else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// The name of a symbol for people: short for Swift's, as it is for all others.
    public static func shortName(_ symbol: String) -> String {
        guard let text = demangled(symbol) else { return symbol }
        return SymbolName(demangled: text).text
    }
}
