#!/usr/bin/env bash
# Make a virtual environment from a lock file, with errata itself editable in it.
# usage: scripts/setup.sh VENV LOCKFILE
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1
lockfile=$2

# A new venv, or a new base under an old one whose Python has gone.
if ! "$venv/bin/python" -c 'import pip' >/dev/null 2>&1; then
    python=$(scripts/find_python.sh)
    echo "making $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
fi

echo "installing $lockfile into $venv"
export PIP_DISABLE_PIP_VERSION_CHECK=1
"$venv/bin/python" -m pip install -qq --require-hashes --requirement "$lockfile"
# The lock holds the build backend, so nothing unlocked is fetched to build errata.
"$venv/bin/python" -m pip install -qq --no-deps --no-build-isolation --editable .
touch "$venv/.installed"
