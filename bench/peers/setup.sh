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
Rscript -e 'cat("glmnet", as.character(packageVersion("glmnet")), "\n")' 2>/dev/null ||
	echo "no glmnet: it needs R's package of that name (on Debian: apt-get install r-base-core r-cran-glmnet); the other peers do without"
