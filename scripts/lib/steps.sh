# Runs a script's steps one after the other: a heading, the step's own output, a line every few
# seconds with the time left, the duration, and a summary at the end.
# Sourced after speak.sh, never run. A step is a function `step_<name>` that may return
# STATUS_SKIPPED.

readonly STATUS_SKIPPED=77
# Far enough apart to leave the step's own output readable, near enough to see that it lives.
readonly PROGRESS_INTERVAL_SECONDS=10
# As many lines of a failed step as one screen holds.
readonly FAULT_LINES_MAX=30

# Keeps each step's output, and its duration for the estimates of the next run.
STEPS_DIRECTORY=.build/steps
STEPS_SUMMARY=()
STEPS_FAILED=0
STEPS_PROGRESS_PID=""

# Prints the seconds step $1 is expected to take: its last duration here, else the estimate $2.
expected_seconds() {
    local last=$STEPS_DIRECTORY/$1.seconds
    if [[ -s "$last" ]]; then cat "$last"; else printf '%d' "$2"; fi
}

# Prints a line every few seconds until killed: step $1, expected to take $2 s, then $3 s of others.
report_progress() {
    local name=$1 expected=$2 later=$3 elapsed=0 left
    while sleep "$PROGRESS_INTERVAL_SECONDS"; do
        elapsed=$((elapsed + PROGRESS_INTERVAL_SECONDS))
        left=$((expected - elapsed))
        if ((left > 0)); then
            printf -- '-- %s: %s so far, about %s left' \
                "$name" "$(duration "$elapsed")" "$(duration "$left")"
        else
            left=0
            printf -- '-- %s: %s so far, longer than the %s expected' \
                "$name" "$(duration "$elapsed")" "$(duration "$expected")"
        fi
        if ((later > 0)); then printf '; all about %s left' "$(duration "$((left + later))")"; fi
        printf '\n'
    done
}

stop_progress() {
    if [[ -n "$STEPS_PROGRESS_PID" ]]; then
        kill "$STEPS_PROGRESS_PID" 2>/dev/null || true
        wait "$STEPS_PROGRESS_PID" 2>/dev/null || true
        STEPS_PROGRESS_PID=""
    fi
}
trap stop_progress EXIT

# Runs a command that must end within $1 seconds: a deadlock fails here and not in CI's limit.
within() {
    local seconds=$1
    shift
    # On a terminal the command stays in the foreground group, where Ctrl-C reaches it.
    if [[ -t 0 ]]; then
        timeout --foreground --kill-after=10 "$seconds" "$@"
    else
        timeout --kill-after=10 "$seconds" "$@"
    fi
}

# Repeats the lines of step $1's log that tell what failed: tests run side by side, and so they
# stand minutes above the end, where a reader, or a CI that keeps the last lines, looks.
print_faults() {
    local lines
    lines=$(grep -E '✘|↳|error:|Fatal error|FAILED|^FAIL|WARNING: ThreadSanitizer' \
        "$STEPS_DIRECTORY/$1.log" | grep -vE 'Testing Library Version|Target Platform' \
        | tail -n "$FAULT_LINES_MAX" | cut -c1-400 || true)
    if [[ -n "$lines" ]]; then
        printf '\nWhat failed in %s:\n%s\n' "$1" "$lines"
    fi
}

# Runs step_$1 ($2: what it is, $3: expected seconds, $4: seconds expected of the steps after it).
# Notes a failure in STEPS_FAILED and goes on: one run shows everything that is wrong.
run_step() {
    local name=$1 title=$2 expected=$3 later=$4 start=$SECONDS status taken
    mkdir -p "$STEPS_DIRECTORY"
    heading "$title ($name, about $(duration "$expected"))"
    report_progress "$name" "$expected" "$later" &
    STEPS_PROGRESS_PID=$!
    set +e
    # The subshell gets `set -e` back: a step ends at its first failing command.
    (
        set -e
        "step_${name//-/_}"
    ) 2>&1 | tee "$STEPS_DIRECTORY/$name.log"
    status=${PIPESTATUS[0]}
    set -e
    stop_progress
    taken=$((SECONDS - start))
    case $status in
        0)
            printf '%d' "$taken" >"$STEPS_DIRECTORY/$name.seconds"
            STEPS_SUMMARY+=("passed   $name, $(duration "$taken")")
            ;;
        "$STATUS_SKIPPED")
            STEPS_SUMMARY+=("skipped  $name, $(tail -n 1 "$STEPS_DIRECTORY/$name.log")")
            ;;
        *)
            # 124 is what `timeout` says of a command that it had to end.
            if ((status == 124)); then status="124 (did not end in time)"; fi
            STEPS_SUMMARY+=("FAILED   $name, status $status, $(duration "$taken")")
            STEPS_FAILED=$((STEPS_FAILED + 1))
            print_faults "$name"
            ;;
    esac
    printf '%s\n' "${STEPS_SUMMARY[-1]}"
}

# Prints what became of every step and the time of all; returns 1 if any failed.
print_summary() {
    heading "Summary, $(duration "$SECONDS") in all"
    printf '%s\n' "${STEPS_SUMMARY[@]}"
    ((STEPS_FAILED == 0))
}
