#!/bin/sh
# Writes every lock again from pyproject.toml: `sh requirements/lock.sh` (wants `uv`).
# One version of a package on every Python, so that what is tested is what is installed.
# The others are subsets of dev.lock, so that one environment serves them all. No index address is written.
set -eu
cd "$(dirname "$0")/.."
lock() {
  name=$1
  shift
  uv pip compile "$@" --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-annotate --no-header --quiet \
    --output-file "requirements/$name.lock"
}
lock dev pyproject.toml device_agent/pyproject.toml fleet/cli/pyproject.toml --all-extras --group dev
for subset in base "demo --extra ml --extra emulator --extra demo"; do
  # shellcheck disable=SC2086 - the options are words
  lock ${subset%% *} pyproject.toml -c requirements/dev.lock ${subset#"${subset%% *}"}
done
echo uv | lock bootstrap - -c requirements/dev.lock
lock agent device_agent/pyproject.toml -c requirements/dev.lock
echo schemathesis | lock fuzz - -c requirements/dev.lock
printf '%s\n' evidently nannyml statsmodels 'pandas<3' kaleido==0.2.1 | lock parity - # clashes with dev.lock
lock cli fleet/cli/pyproject.toml -c requirements/dev.lock --extra sign
