#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# pipeline.sh CONFIG RUN_DIR [--set key.path=value …]: extraction, training, forecasts and report as jobs that follow each other, each when the one
# before ended well. Prints their ids.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] || { sed -n '3,4s/^# //p' "$0" >&2; exit 2; }
config=$1 folder=$2
shift 2
set -- "$config" --set run.folder="$folder" "$@"
extract=$("$here/submit" extract -- "$@")
train=$("$here/submit" train --dependency="afterok:$extract" --kill-on-invalid-dep=yes -- "$@")
forecast=$("$here/submit" forecast --dependency="afterok:$train" --kill-on-invalid-dep=yes -- "$folder")
printf 'extract %s\ntrain %s\nforecast %s\n' "$extract" "$train" "$forecast"
