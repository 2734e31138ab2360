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
stop() {
  [ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true
  [ -z "${pid:-}" ] || wait "$pid" 2>/dev/null || true
  rm -rf "$data"
}
trap stop EXIT
export MICROLEARN_ADMIN_PASSWORD=journey-$RANDOM-$RANDOM
"$binary" up --listen 127.0.0.1:0 --data "$data/site" >"$log" 2>"$data/errors" &
pid=$!
for _ in $(seq 100); do
  url=$(sed -n 's/^listening on //p' "$log")
  [ -z "$url" ] || break
  kill -0 "$pid" 2>/dev/null || { cat "$data/errors" >&2; exit 1; }
  sleep 0.1
done
[ -n "$url" ] || { echo "the program did not start in time" >&2; cat "$data/errors" >&2; exit 1; }
cd "$root/dashboard/web"
MICROLEARN_URL=$url MICROLEARN_PASSWORD=$MICROLEARN_ADMIN_PASSWORD CHROMIUM=$chromium \
  MICROLEARN_FILE=$root/datasets/penguins.csv SCREENSHOTS=${SCREENSHOTS:-} npm run e2e --silent ||
  { tail -n 50 "$data/errors" >&2; exit 1; }
