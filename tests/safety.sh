#!/usr/bin/env bash
# Measures every figure of docs/safety.md and prints one line for each, with pass or fail. Builds the release binary; takes about
# half an hour on two cores. `tests/safety.sh NAME` runs one of: writes, hostile, registries, damage, fuzz, repository, supply, size.
# PROFILE=dev takes an optimised development build instead, which is made in minutes and a little slower.
set -uo pipefail
cd "$(dirname "$0")/.."

only="${1:-}"
profile="${PROFILE:-release}"
[ "$profile" = release ] || export CARGO_PROFILE_DEV_OPT_LEVEL=3
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# figure NAME WHAT COMMAND...: passes when the command does; prints the lines of its output that hold figures.
figure() {
    local name=$1 what=$2
    shift 2
    [ -z "$only" ] || [ "$only" = "$name" ] || return 0
    if "$@" >"$log" 2>&1; then
        printf 'pass  %-10s  %s\n' "$name" "$what"
    else
        printf 'FAIL  %-10s  %s\n' "$name" "$what"
        failed=1
        tail -n 40 "$log"
    fi
    grep -ohE '(python|typescript|rust)/[a-z0-9-]+(, fixed)?: exit .*|flags\.[a-z]+, [0-9]+ bytes.*|[a-z]+: [0-9]+ (inputs from|damaged files).*|.*(faults injected|lost updates).*|^[0-9]+ bytes$|^not measured.*' "$log" | sed 's/^/        /'
}

size() {
    if [ "$profile" = release ]; then
        cargo build --release --locked && printf '%s bytes\n' "$(stat -c %s target/release/flag-sweep)"
    else
        echo "not measured: it takes PROFILE=release"
    fi
}

printf '%s, %s processors, %s\n' "$(uname -sm)" "$(nproc)" "$(rustc --version)"
figure writes "10,000 faults and races: no torn file, no lost update, all or nothing" \
    env FLAG_SWEEP_FAULTS=1500 cargo test --locked --lib source::write -- --nocapture
figure hostile "deep, long, large and broken files: no abort, 2 s and 300 MiB at most, every skip told" \
    env HOSTILE=all cargo test --locked --profile "$profile" --test hostile -- --nocapture --test-threads 1 of_every_shape --skip registries
figure registries "deep, long and huge registries: no abort, 2 s and 300 MiB at most" \
    env HOSTILE=all cargo test --locked --profile "$profile" --test hostile -- --nocapture registries_of_every_shape
figure damage "damaged code: no panic; what is fixed parses, is what the edits say, and is final" \
    env DAMAGE=20 cargo test --locked --profile "$profile" --test hostile -- --nocapture damaged
figure fuzz "the targets of fuzz/ on their corpus and on changes of it: no panic, and what they hold" \
    env FUZZ=100 cargo test --locked --profile "$profile" --test hostile -- --nocapture targets_hold
figure repository "settings of a repository run, read, send and write nothing" \
    cargo test --locked --profile "$profile" --test hostile -- --nocapture repository
figure supply "crates are locked, from the registry, under an allowed licence; unsafe code is forbidden" \
    cargo test --locked --profile "$profile" --test hostile -- --nocapture supply
figure size "the binary as it is released" size
exit "$failed"
