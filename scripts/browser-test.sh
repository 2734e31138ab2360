#!/usr/bin/env bash
# Starts the program on an empty folder, and walks the whole path of a new user in headless Chromium.
set -euo pipefail
binary=$1
root=$(cd "$(dirname "$0")/.." && pwd)
chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$chromium" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
    chromium=$(command -v chromium)
  else
    echo "missing: chromium — apt-get install chromium, or set CHROMIUM to a browser" >&2
    exit 1
  fi
fi
data=$(mktemp -d)
log=$data/log
pids=()
stop() {
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  pids=()
}
trap 'stop; rm -rf "$data"' EXIT

# Starts what is given, and waits until it says where it listens.
url_of() {
  local out=$1
  shift
  # A command behind the scenes would have no input otherwise.
  "$@" <&0 >"$out" 2>>"$data/errors" &
  pids+=($!)
  for _ in $(seq 100); do
    url=$(sed -n 's/^listening on //p' "$out")
    [ -z "$url" ] || return 0
    kill -0 "${pids[-1]}" 2>/dev/null || { cat "$data/errors" >&2; exit 1; }
    sleep 0.1
  done
  echo "the program did not start in time" >&2
  cat "$data/errors" >&2
  exit 1
}

walk() {
  (cd "$root/dashboard/web" && CHROMIUM=$chromium SCREENSHOTS=${SCREENSHOTS:-} node "$1") ||
    { tail -n 50 "$data/errors" >&2; exit 1; }
}

# With accounts of its own.
export MICROLEARN_ADMIN_PASSWORD=journey-$RANDOM-$RANDOM
url_of "$log" "$binary" up --listen 127.0.0.1:0 --data "$data/site"
export MICROLEARN_URL=$url MICROLEARN_PASSWORD=$MICROLEARN_ADMIN_PASSWORD
export MICROLEARN_FILE=$root/datasets/penguins.csv
walk e2e/journey.test.mjs
stop

# At a school's identity provider, which must know the site before it is there.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export MICROLEARN_URL=http://127.0.0.1:$port
mkfifo "$data/alive"
sleep 600 >"$data/alive" &
pids+=($!)
url_of "$data/provider" node "$root/system-tests/oidc/provider.mjs" "{\"site\": \"$MICROLEARN_URL\"}" <"$data/alive"
export PROVIDER_URL=$url
export MICROLEARN__OIDC__ISSUER=$PROVIDER_URL/realms/ent
export MICROLEARN__OIDC__CLIENT_SECRET=a-secret-of-the-client
export MICROLEARN__OIDC__PUBLIC_URL=$MICROLEARN_URL
url_of "$log.school" "$binary" up --listen "127.0.0.1:$port" --data "$data/school"
walk e2e/provider.test.mjs
