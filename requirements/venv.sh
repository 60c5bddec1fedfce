#!/bin/sh
# Makes the environment in $1 with the newest fitting Python on this machine, and puts the locked `uv` into it.
set -eu
venv=$1
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
for python in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
  if command -v "$python" >/dev/null 2>&1 && "$python" -c "$fits" 2>/dev/null; then
    echo "Making $venv with $("$python" --version) ..."
    "$python" -m venv "$venv" || {
      rm -rf "$venv"
      echo "This Python cannot make environments. On Debian: apt install python3-venv" >&2
      exit 1
    }
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
      -r "$(dirname "$0")/bootstrap.lock" || { rm -rf "$venv"; exit 1; }
    exit 0
  fi
done
echo "EdgeFleet needs Python 3.11, 3.12 or 3.13 on the PATH (or PYTHON=/path/to/python3.12 make ...)." >&2
exit 1
