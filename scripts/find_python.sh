#!/usr/bin/env bash
# Print the first Python 3.11 or newer that can make virtual environments.
# PYTHON=/path/to/python asks for a certain one.
set -euo pipefail

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
without_venv=

for candidate in ${PYTHON:+"$PYTHON"} python3.11 python3 python3.12 python3.13 python3.14; do
    # Running it is the only proof: a shim may be on the path with nothing behind it.
    "$candidate" -c "$new_enough" >/dev/null 2>&1 || continue
    if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
    without_venv=$candidate
done

if [ -n "$without_venv" ]; then
    echo "$without_venv cannot make virtual environments: its modules venv and ensurepip are missing." >&2
    echo "Install them (on Debian and Ubuntu: apt-get install python3-venv), then try again." >&2
else
    echo "no Python 3.11 or newer was found." >&2
    echo "Install one, or name it: make setup PYTHON=/path/to/python3.11" >&2
fi
exit 1
