#!/usr/bin/env bash
# Cargo names what it makes of our crates alike in every checkout, so that in a target folder that
# several share, another checkout's newer work looks fresh. Whoever comes next makes our crates anew;
# the dependencies, which take the time, stay.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
mark=$target/.checkout
mkdir -p "$target/release"
# Cargo's own lock: what another checkout is building is waited for.
exec 9>>"$target/release/.cargo-lock"
flock 9
if [[ -e $mark && $(<"$mark") != "$PWD" ]]; then
  for member in $(sed -n '/^members = \[/,/^]/s/^ *"\(.*\)",$/\1/p' Cargo.toml); do
    rm -rf "$target"/*/.fingerprint/"${member##*/}"-????????????????
  done
fi
echo "$PWD" >"$mark"
