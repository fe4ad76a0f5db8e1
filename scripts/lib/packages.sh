# Installs the Debian packages that a script needs and this machine lacks.
# Sourced after speak.sh, never run. A need is written `package=probe:argument`; the probe tells
# whether it is met, so that systems without dpkg can meet it in their own way.

# What every build needs: SwiftPM reads git and pkg-config; Platform links jemalloc and libnuma,
# the journal's tests SQLite, and the ML serving OpenBLAS.
# shellcheck disable=SC2034  # Read by the scripts that source this file.
readonly BUILD_NEEDS=(
    git=command:git
    pkg-config=command:pkg-config
    libjemalloc-dev=library:jemalloc
    libnuma-dev=library:numa
    libsqlite3-dev=library:sqlite3
    libopenblas-openmp-dev=library:openblas
)

# True when the need $1 is met.
is_met() {
    local probe=${1#*=}
    case ${probe%%:*} in
        command) command -v "${probe#*:}" >/dev/null ;;
        library) pkg-config --exists "${probe#*:}" 2>/dev/null ;;
        file) [[ -e "${probe#*:}" ]] ;;
        *)
            fail "the need '$1' names no known probe" \
                "Known: command:NAME, library:NAME, file:PATH"
            ;;
    esac
}

# Installs what is missing of the needs given; when it can't, says what to do and ends with 69.
require_packages() {
    local need missing=() privileged=()
    for need in "$@"; do
        if ! is_met "$need"; then missing+=("${need%%=*}"); fi
    done
    if ((${#missing[@]} == 0)); then return; fi

    if ! command -v apt-get >/dev/null; then
        printf '%s\n' "Missing, and there is no apt-get to install them with; install by hand" \
            "what your system calls these Debian packages, then run this again:" \
            "    ${missing[*]}" >&2
        exit "$STATUS_UNAVAILABLE"
    fi
    if ((EUID != 0)); then
        if ! command -v sudo >/dev/null; then
            printf '%s\n' "Missing packages, and neither root nor sudo to install them; as root:" \
                "    apt-get install ${missing[*]}" >&2
            exit "$STATUS_UNAVAILABLE"
        fi
        privileged=(sudo)
    fi
    printf 'Installing with apt-get: %s\n' "${missing[*]}"
    privileged+=(env DEBIAN_FRONTEND=noninteractive apt-get)
    # A fresh machine has no package lists yet, or old ones: fetch them only where that shows.
    if ! "${privileged[@]}" install -qq -y --no-install-recommends "${missing[@]}"; then
        "${privileged[@]}" update -qq
        "${privileged[@]}" install -qq -y --no-install-recommends "${missing[@]}"
    fi
    for need in "$@"; do
        if ! is_met "$need"; then
            fail "${need%%=*} was installed, but its probe ${need#*=} still fails"
        fi
    done
}
