#!/usr/bin/env bash
# Prints every figure of docs/performance.md and docs/safety.md that has a bound, one line each with pass or fail. Four hours on two
# cores, of which fuzzing takes two and mutants one: FUZZ_MINUTES, 30 for each of seven targets, one for each core at a time, and
# MUTANTS, 1500, say how much of it; with 0 the line says that it was not measured. PROFILE=dev takes an optimised development build in
# place of the released one, which is made in minutes and a little slower. `benches/figures.sh PART` runs one of: speed, safety,
# mutants, fuzz. What passed is kept in target/figures for the same files that it depends on and the same profile, and told again
# with its time, so that a run that was stopped goes on where it was; FRESH=1 measures all of it. Ends with 1 when a figure fails.
set -uo pipefail
cd "$(dirname "$0")/.."

only=${1:-}
case "$only" in
    "" | speed | safety | mutants | fuzz) ;;
    *) echo "$0: no part is called $only: speed, safety, mutants, fuzz" >&2 && exit 2 ;;
esac
FUZZ_MINUTES=${FUZZ_MINUTES:-30} MUTANTS=${MUTANTS:-1500}

export PROFILE="${PROFILE:-release}"
folder=$PROFILE
if [ "$PROFILE" = dev ]; then
    folder=debug
    export CARGO_PROFILE_DEV_OPT_LEVEL=3
fi
binary=$PWD/target/$folder/flag-sweep
failed=0

# keep PATH...: what is measured from here on depends on these files and on the program.
keep() {
    local paths key
    paths=(build.rs Cargo.toml Cargo.lock providers pulls queries src "$@")
    key=$({ git ls-files -s -- "${paths[@]}" && git diff HEAD -- "${paths[@]}"; } | git hash-object --stdin)
    kept=target/figures/${key::12}-$PROFILE
    [ -z "${FRESH:-}" ] || rm -rf "$kept"
    mkdir -p "$kept" || exit 1
}

# measure FIGURE COMMAND...: keeps what the command prints, and that it passed.
measure() {
    local figure=$1
    shift
    [ ! -e "$kept/$figure" ] || return 0
    if "$@" >"$kept/$figure.log" 2>&1; then mv "$kept/$figure.log" "$kept/$figure"; fi
}

# tell FIGURE NAME: its lines, and pass or fail as it ended.
tell() {
    local lines="$kept/$1"
    if [ -e "$lines" ]; then
        printf 'pass  %s (%s)\n' "$2" "$(date -ur "$lines" '+%F %R')"
    else
        printf 'FAIL  %s\n' "$2"
        failed=1
        lines="$lines.log"
    fi
    tail -n 80 "$lines" | sed 's/^/        /'
}

# judged FIGURE NAME COMMAND...: both.
judged() {
    local figure=$1 name=$2
    shift 2
    measure "$figure" "$@"
    tell "$figure" "$name"
}

# The cost over a bare parse, on the tree that the benchmark makes: the least of the rounds against 1.25.
scan() {
    local told ratio
    told=$(cargo bench --locked --profile "${1/release/bench}" --bench scan 2>/dev/null) || return 1
    printf '%s\n' "$told" | grep 'bare parse'
    ratio=$(printf '%s\n' "$told" | sed -n 's/^work on candidates .*: least \([0-9.]*\),.*/\1/p')
    [ -n "$ratio" ] && awk -v ratio="$ratio" 'BEGIN { exit !(ratio <= 1.25) }'
}

# fuzz TARGET: how often it ran, when nothing was found.
fuzz() {
    local log ended
    log=$(mktemp)
    cargo +nightly fuzz run "$1" --sanitizer none -- -max_len=4096 -max_total_time=$((FUZZ_MINUTES * 60)) \
        -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 >"$log" 2>&1
    ended=$?
    if [ $ended -eq 0 ]; then sed -n 's/^stat::number_of_executed_units: */runs /p' "$log"; else tail -n 30 "$log"; fi
    rm "$log"
    return $ended
}

# wanted PART: whether it is to be measured.
wanted() { [ -z "$only" ] || [ "$only" = "$1" ]; }

printf '%s, %s processors, %s, %s\n' "$(uname -sm)" "$(nproc)" "$(rustc --version)" "$(git rev-parse --short HEAD)"
cargo build --quiet --locked --profile "$PROFILE" || exit 1
if wanted speed; then
    keep benches
    judged scan "a scan of a tree with a check in every file, over a bare parse: at most 1.25" scan "$PROFILE"
    judged growth "growth with files, flags and sites" python3 benches/growth.py --bin "$binary"
    judged peers "over ripgrep, ast-grep, Piranha, a bare read and a bare parse, on three corpora" \
        env PROFILE="${PROFILE/release/bench}" benches/peers.sh target/corpora "$binary"
    judged registries "registries of 50,000 flags: one second, 200 MB" python3 benches/registry.py "$binary"
    judged cache "a second run, from the cache: at most half of the first" python3 benches/cache.py --bin "$binary"
    judged walk "10,000 changes of a project: the report with the cache is the one without" \
        env WALK=10000 cargo test --locked --profile "$PROFILE" --lib a_random_walk
fi
if wanted safety; then
    keep deny.toml fixtures fuzz tests
    for part in writes hostile registries damage fuzz repository supply size; do
        judged "safety-$part" "tests/safety.sh $part" tests/safety.sh "$part"
    done
fi
if wanted mutants; then
    keep fixtures tests
    if [ "$MUTANTS" -gt 0 ]; then
        judged "mutants-$MUTANTS" "mutants of fix/ and of registry/ that a test notices: at least 85 % of each" \
            python3 tests/mutants.py --sample "$MUTANTS" --tests 40
    else
        echo "not measured: mutants of fix/ and registry/ that a test notices"
    fi
fi
if wanted fuzz; then
    keep fuzz
    if [ "$FUZZ_MINUTES" -gt 0 ]; then
        targets="fix registry fold scan patterns suppressions config"
        cargo +nightly fuzz build --sanitizer none >/dev/null 2>&1 || { echo "FAIL  fuzzing: the targets do not build" && exit 1; }
        for target in $targets; do
            while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
            measure "fuzz-$target-$FUZZ_MINUTES" fuzz "$target" &
        done
        wait
        for target in $targets; do
            tell "fuzz-$target-$FUZZ_MINUTES" "$FUZZ_MINUTES minutes of fuzzing, target $target: no crash, and what it holds"
        done
    else
        echo "not measured: fuzzing"
    fi
fi
exit "$failed"
