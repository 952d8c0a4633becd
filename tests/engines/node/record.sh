#!/bin/sh
# Records what the evaluators that vendors publish on npm answer: `record.sh FOLDER SIZE [ENGINE]...`, where the size is a
# number of flags, in documents of 25, or DOCUMENTSxFLAGS. They are installed below `target`, never into the repository.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
size=$2
shift 2
place=${ENGINES_NODE:-$here/../target/node}
mkdir -p "$place" "$folder"
cp "$here/package.json" "$here"/*.js "$place/"
[ -d "$place/node_modules/configcat-common" ] || (cd "$place" && npm install --no-audit --no-fund --ignore-scripts)
[ $# -gt 0 ] || set -- flagd growthbook configcat
for engine in "$@"; do
    node "$place/main.js" "$engine" "$folder" "$size"
done
