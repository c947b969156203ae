#!/bin/sh
# Installs the peers into a virtual environment outside of version control:
# $DESCENT_BENCH_VENV, or bench/.venv. Needs Python >= 3.11 and a C++ compiler
# (liblinear is built from its source).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${DESCENT_BENCH_VENV:-$here/../.venv}
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet -r "$here/requirements.txt"
"$venv/bin/pip" list
