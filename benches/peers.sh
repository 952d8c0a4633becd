#!/bin/sh
# Fetches the corpora with the ordinary package clients, once, into DIR, and prints the table of benches/peers.py.
#
#     benches/peers.sh DIR target/release/flag-sweep [ROUNDS]
#
# Needs pip, npm, cargo, ripgrep, Python 3.11. What is fetched is read, never run; the peers come from PyPI into a virtual
# environment in DIR.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
binary=$(realpath "$2")
rounds=${3:-5}
mkdir -p "$folder"
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
exec peers/bin/python "$here/peers.py" --corpora . --bin "$binary" --rounds "$rounds"
