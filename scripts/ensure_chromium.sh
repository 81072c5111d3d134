#!/usr/bin/env bash
# Make sure that the browser tests have their browser: Debian's Chromium.
set -euo pipefail
browser=/usr/bin/chromium

[ -x "$browser" ] && exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "the browser tests need Chromium at $browser, which is not there." >&2
    echo "Install it (on Debian: sudo apt-get install chromium), then try again." >&2
    exit 1
fi

echo "installing Chromium for the browser tests"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get update && apt-get install --yes --no-install-recommends chromium; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    echo "Chromium could not be installed; the lines above say why." >&2
    exit 1
fi
"$browser" --version 2>/dev/null
