#!/usr/bin/env bash
# Lock all requirements with hashes, for Python 3.11 and newer on every system.
# Locked versions stay as they are; `scripts/lock.sh --upgrade` renews them.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
        --generate-hashes --no-header "${@:2}" \
        --output-file "requirements/$1.txt" \
        pyproject.toml "requirements/$1.in"
}

lock dev --extra all "$@"
lock bench --extra all "$@"
lock isolated --extra niquests "$@"
lock judges --extra demo --extra drf --extra encodings --extra litestar --extra ninja "$@"
lock fuzz --extra encodings "$@"
