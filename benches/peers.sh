#!/bin/sh
# Fetches the corpora with the ordinary package clients, once, into DIR (700 MB), and prints the table of benches/peers.py, then
# for each corpus what looking for checks costs over a bare read and a bare parse (benches/scan.rs).
#
#     benches/peers.sh DIR target/release/flag-sweep [ROUNDS]
#
# Needs pip, npm, cargo, ripgrep, Python 3.11. What is fetched is read, never run; ast-grep and Piranha come from PyPI into a
# virtual environment in DIR. PROFILE=dev takes an optimised development build of the benchmark.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(realpath "$1")
binary=$(realpath "$2")
rounds=${3:-5}
cd "$folder"

if [ ! -d python ]; then
    rm -rf wheels python.part
    mkdir python.part
    for package in homeassistant==2024.3.3 apache-airflow==2.9.3 sympy==1.12 Django==5.0.6; do
        pip -q download --no-deps --only-binary :all: --python-version 3.12 -d wheels "$package"
    done
    for wheel in wheels/*.whl; do
        python3 -m zipfile -e "$wheel" python.part
    done
    find python.part -type f ! -name '*.py' -delete
    mv python.part python
fi
if [ ! -d rust ]; then
    rm -rf rust.part
    mkdir -p rust.part/src
    printf '[package]\nname = "corpus"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\ncargo = "=0.80.0"\n' > rust.part/Cargo.toml
    : > rust.part/src/lib.rs
    (cd rust.part && cargo -q vendor > /dev/null)
    mv rust.part/vendor rust
    rm -r rust.part
fi
if [ ! -d typescript ]; then
    npm -s pack matrix-react-sdk@3.114.0
    rm -rf typescript.part
    mkdir typescript.part
    tar -xzf matrix-react-sdk-3.114.0.tgz -C typescript.part
    mv typescript.part typescript
fi
if [ ! -x peers/bin/ast-grep ]; then
    python3 -m venv peers
    peers/bin/pip -q install ast-grep-cli polyglot-piranha
fi
failed=0
peers/bin/python "$here/peers.py" --corpora . --bin "$binary" --rounds "$rounds" || failed=1
[ "${PROFILE:-bench}" = bench ] || export CARGO_PROFILE_DEV_OPT_LEVEL=3
for corpus in python rust typescript; do
    printf '%s: ' "$corpus"
    FLAG_SWEEP_ROUNDS=$rounds cargo bench --quiet --locked --manifest-path "$here/../Cargo.toml" \
        --profile "${PROFILE:-bench}" --bench scan -- "$folder/$corpus" --isolated --no-registry || failed=1
done
exit "$failed"
