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
lock gateway device_agent/pyproject.toml -c requirements/dev.lock --extra gateway
echo schemathesis | lock fuzz - -c requirements/dev.lock
printf '%s\n' evidently nannyml statsmodels 'pandas<3' kaleido==0.2.1 | lock parity - # clashes with dev.lock
printf '%s\n' mlflow-skinny pandas | lock mlflow - -c requirements/dev.lock # a client in tests
printf '%s\n' idf-component-manager platformio west xmlschema | lock layouts - # the ecosystems' own checkers
# Environments of converters, each of its own: `manage.py converters install NAME`.
converter() {
  name=$1 python=$2
  shift 2
  printf '%s\n' "$@" | uv pip compile - --python-version "$python" --generate-hashes --no-annotate --no-header --quiet \
    --output-file "requirements/converters/$name.lock"
}
converter litert 3.11 ai-edge-quantizer==0.10.0
converter onnx 3.12 onnx2tf==2.6.9
# The build of torch for processors alone: where the index has none, name its wheel by UV_FIND_LINKS.
converter pytorch 3.11 litert-torch==0.10.0 ai-edge-quantizer==0.10.0 torch==2.13.0+cpu
lock cli fleet/cli/pyproject.toml -c requirements/dev.lock --extra sign
