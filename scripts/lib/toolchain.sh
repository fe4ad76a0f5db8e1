# Finds the Swift toolchain, or says what to install and how.
# Sourced after speak.sh, never run.

readonly SWIFT_VERSION_MIN=6.3

# Prints the version of `swift` on the path as major.minor, or nothing.
swift_version() {
    swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1
}

# True when version $1 is at least version $2.
version_reaches() {
    [[ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" == "$2" ]]
}

# Ends with status 69 unless a toolchain of SWIFT_VERSION_MIN or later is there; looks where the
# usual installers put one when none is on the path.
require_swift() {
    local place version
    if ! command -v swift >/dev/null; then
        for place in "$HOME/.local/share/swiftly/bin" /opt/swift/usr/bin; do
            if [[ -x "$place/swift" ]]; then
                PATH="$place:$PATH"
                break
            fi
        done
    fi
    version=$(swift_version || true)
    if [[ -n "$version" ]] && version_reaches "$version" "$SWIFT_VERSION_MIN"; then return; fi
    cat >&2 <<TEXT
Portals needs a Swift toolchain of version $SWIFT_VERSION_MIN or later; found: ${version:-none}.
Install one with swiftly, Swift's own installer (Debian 12, x86_64 and aarch64):

    curl -O https://download.swift.org/swiftly/linux/swiftly-$(uname -m).tar.gz
    tar zxf swiftly-$(uname -m).tar.gz
    ./swiftly init --skip-install
    . ~/.local/share/swiftly/env.sh
    swiftly install --use $SWIFT_VERSION_MIN

Other systems: https://www.swift.org/install/linux/
Then run this again, with 'swift' on the PATH.
TEXT
    exit "$STATUS_UNAVAILABLE"
}
