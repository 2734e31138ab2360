#!/usr/bin/env bash
# Says what is missing on this machine and how to get it.
set -u
missing=0
need() { # name, how to see it, what to do
  if ! command -v "$1" >/dev/null 2>&1; then
    echo "missing: $1 — $2" >&2
    missing=1
  fi
}
at_least() { # name, found, wanted
  if [ "$(printf '%s\n%s\n' "$3" "$2" | sort -V | head -n1)" != "$3" ]; then
    echo "too old: $1 $2 — version $3 or newer is needed" >&2
    missing=1
  fi
}
need cargo "install Rust with rustup, or your system's packages"
need cc "install a C compiler: apt-get install build-essential"
need node "install Node.js 20.19 or newer: apt-get install nodejs, or your system's packages"
need npm "it comes with Node.js: apt-get install npm"
need python3 "install Python 3: apt-get install python3"
if command -v cargo >/dev/null 2>&1; then
  at_least cargo "$(cargo --version | cut -d' ' -f2)" 1.95.0
  cargo clippy --version >/dev/null 2>&1 || {
    echo "missing: clippy — rustup component add clippy rustfmt" >&2
    missing=1
  }
fi
if command -v node >/dev/null 2>&1; then
  at_least node "$(node --version | tr -d v)" 20.19.0
fi
exit $missing
