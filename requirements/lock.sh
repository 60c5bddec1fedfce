#!/bin/sh
# Writes every lock again from pyproject.toml: `sh requirements/lock.sh` (wants `uv`; no index address is written).
set -eu
cd "$(dirname "$0")/.."
lock() { name=$1; shift; uv pip compile "$@" --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet --output-file "requirements/$name.lock"; }
lock base pyproject.toml
lock demo pyproject.toml --extra ml --extra emulator --extra demo
lock dev pyproject.toml --all-extras --group dev
echo uv | lock bootstrap -
[ -f device_agent/pyproject.toml ] && lock agent device_agent/pyproject.toml
