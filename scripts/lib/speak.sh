# How the scripts speak: headings, failures, durations, and help out of a script's own header.
# Sourced, never run. Needs nothing else.

# Exit statuses that callers tell apart, after sysexits.h.
readonly STATUS_USAGE=64
# shellcheck disable=SC2034  # Read by the files beside this one.
readonly STATUS_UNAVAILABLE=69

# Prints the header comment of the script at $1: its help is stated once, where a reader sees it.
print_header() {
    awk 'NR == 1 { next } /^#/ { sub(/^# ?/, ""); print; next } { exit }' "$1"
}

heading() {
    printf '\n== %s\n' "$*"
}

# Prints every argument as a line of an error and ends with status 1.
fail() {
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    shift
    if (($# > 0)); then printf '    %s\n' "$@" >&2; fi
    exit 1
}

refuse_argument() {
    printf "%s: unknown argument '%s'; --help lists them\n" "$(basename "$0")" "$1" >&2
    exit "$STATUS_USAGE"
}

# $1 seconds as people say them: 42 s, 3 min 05 s.
duration() {
    if (($1 < 60)); then
        printf '%d s' "$1"
    else
        printf '%d min %02d s' "$(($1 / 60))" "$(($1 % 60))"
    fi
}
