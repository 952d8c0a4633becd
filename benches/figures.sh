#!/usr/bin/env bash
# Prints every figure of docs/performance.md and docs/safety.md that has a bound, one line each with pass or fail. Six hours on two
# cores, of which fuzzing takes three and a half and mutants one: FUZZ_MINUTES, 30 for each of seven targets, and MUTANTS, 1500, say
# how much of it; with 0 the line says that it was not measured. PROFILE=dev takes an optimised development build in place of the
# released one, which is made in minutes and a little slower. `benches/figures.sh PART` runs one of: speed, safety, mutants, fuzz. Ends
# with 1 when a figure fails.
set -uo pipefail
cd "$(dirname "$0")/.."

only=${1:-}
case "$only" in
    "" | speed | safety | mutants | fuzz) ;;
    *) echo "$0: no part is called $only: speed, safety, mutants, fuzz" >&2 && exit 2 ;;
esac
FUZZ_MINUTES=${FUZZ_MINUTES:-30} MUTANTS=${MUTANTS:-1500}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

export PROFILE="${PROFILE:-release}"
folder=$PROFILE
if [ "$PROFILE" = dev ]; then
    folder=debug
    export CARGO_PROFILE_DEV_OPT_LEVEL=3
fi
binary=$PWD/target/$folder/flag-sweep
failed=0

# judged NAME COMMAND...: its lines, and pass or fail as it ends.
judged() {
    local name=$1 told
    shift
    told=$("$@" 2>&1)
    if [ $? -eq 0 ]; then printf 'pass  %s\n' "$name"; else printf 'FAIL  %s\n' "$name" && failed=1; fi
    printf '%s\n' "$told" | tail -n 80 | sed 's/^/        /'
}

# The cost over a bare parse, on the tree that the benchmark makes: the least of the rounds against 1.25.
scan() {
    local told ratio
    told=$(cargo bench --locked --profile "${1/release/bench}" --bench scan 2>/dev/null) || return 1
    printf '%s\n' "$told" | grep 'bare parse'
    ratio=$(printf '%s\n' "$told" | sed -n 's/^work on candidates .*: least \([0-9.]*\),.*/\1/p')
    [ -n "$ratio" ] && awk -v ratio="$ratio" 'BEGIN { exit !(ratio <= 1.25) }'
}

fuzz() {
    local target
    for target in fix registry fold scan patterns suppressions config; do
        cargo +nightly fuzz run "$target" --sanitizer none -- -max_len=4096 -max_total_time=$((FUZZ_MINUTES * 60)) \
            -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 >"$log" 2>&1 || { tail -n 30 "$log"; return 1; }
        printf '%s: %s\n' "$target" "$(sed -n 's/^stat::number_of_executed_units: */runs /p' "$log")"
    done
}

# wanted PART: whether it is to be measured.
wanted() { [ -z "$only" ] || [ "$only" = "$1" ]; }

printf '%s, %s processors, %s, %s\n' "$(uname -sm)" "$(nproc)" "$(rustc --version)" "$(git rev-parse --short HEAD)"
cargo build --quiet --locked --profile "$PROFILE" || exit 1
if wanted speed; then
    judged "a scan of a tree with a check in every file, over a bare parse: at most 1.25" scan "$PROFILE"
    judged "growth with files, flags and sites" python3 benches/growth.py --bin "$binary"
    judged "over ripgrep, ast-grep, Piranha, a bare read and a bare parse, on three corpora" \
        env PROFILE="${PROFILE/release/bench}" benches/peers.sh target/corpora "$binary"
    judged "registries of 50,000 flags: one second, 200 MB" python3 benches/registry.py "$binary"
    judged "a second run, from the cache: at most half of the first" python3 benches/cache.py --bin "$binary"
    judged "10,000 changes of a project: the report with the cache is the one without" \
        env WALK=10000 cargo test --locked --profile "$PROFILE" --lib a_random_walk
fi
if wanted safety; then
    tests/safety.sh || failed=1
fi
if wanted mutants; then
    if [ "$MUTANTS" -gt 0 ]; then
        judged "mutants of fix/ and of registry/ that a test notices: at least 85 % of each" \
            python3 tests/mutants.py --sample "$MUTANTS" --tests 40
    else
        echo "not measured: mutants of fix/ and registry/ that a test notices"
    fi
fi
if wanted fuzz; then
    if [ "$FUZZ_MINUTES" -gt 0 ]; then
        judged "$FUZZ_MINUTES minutes of fuzzing for each target: no crash, and what the targets hold" fuzz
    else
        echo "not measured: fuzzing"
    fi
fi
exit "$failed"
