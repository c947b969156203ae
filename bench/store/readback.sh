#!/bin/sh
# Records runs of every kind, exports them, and reads the exports back with MLflow and TensorBoard.
# The Python packages go to $DESCENT_BENCH_VENV-store, or bench/.venv-store. Run it from the module's root.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${DESCENT_BENCH_VENV:-$here/../.venv}-store
if [ ! -x "$venv/bin/python" ]; then
	python3 -m venv "$venv"
	"$venv/bin/pip" install --quiet -r "$here/requirements.txt"
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/descent" ./cmd/descent
export DESCENT_STORE="$dir/runs.db"
run() { verb=$1; shift; "$dir/descent" "$verb" --record "$@" >"$dir/out" || [ $? = 3 ]; } # 3: stopped without a certificate
for method in newton lbfgs nesterov prox-grad; do
	run fit logistic --data breast-cancer --scale std --l2 0.01 --method "$method" --max-iter 2000
done
run fit lasso --data diabetes --l1 0.5
run fit lasso --data diabetes --path 20
run fit svm --data breast-cancer --scale std --cv 3 --seed 1
run minimize '100*(y-x^2)^2 + (1-x)^2' --start x=-1.2,y=1 --method lbfgs --opt memory=3
run minimize 'max(x, -x) < 1 ? x^2 : abs(x)' --start x=7
run minimize 'log(x)' --start x=-1 # NaN
run minimize -- '-x'               # falls without end
id=$("$dir/descent" runs list --method lbfgs --limit 1 | sed -n '2s/ .*//p')
"$dir/descent" runs tag "$id" paper table-2
for format in mlflow tensorboard jsonl; do
	"$dir/descent" runs export --format "$format" "$dir/$format"
done
"$venv/bin/python" "$here/readback.py" "$dir/jsonl" "$dir/mlflow" "$dir/tensorboard"
