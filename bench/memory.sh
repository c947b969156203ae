#!/bin/sh
# Peak memory of a whole fit against the size of the parsed matrix: at most 2.5.
#
#   bench/memory.sh [FILE.svm]
#
# FILE is uncompressed LIBSVM text of at least 200 MB, so that the fixed cost of
# the process (about 10 MB for the Go runtime, included in the peak) is small
# beside it. Without FILE one is generated, always the same: 50 real values a
# row, 20000 columns. The parsed matrix counts as 64-bit values, 32-bit indices
# and 64-bit row starts, plus the labels: 12 nnz + 8 (n+1) + 8 n bytes.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

file=${1:-}
if [ -z "$file" ]; then
	file=$tmp/generated.svm
	awk -v rows="${ROWS:-300000}" 'BEGIN {
		srand(7)
		for (i = 0; i < rows; i++) {
			s = rand() < 0.5 ? "1" : "-1"
			j = 0
			for (k = 0; k < 50; k++) {
				j += 1 + int(400 * rand())
				s = s " " j ":" sprintf("%.6g", 2 * rand() - 1)
			}
			print s
		}
	}' >"$file"
fi
set -- $(awk '{ nnz += NF - 1 } END { print NR, nnz }' "$file")
rows=$1 nnz=$2
matrix=$((12 * nnz + 8 * (rows + 1) + 8 * rows))

(cd "$root" && CGO_ENABLED=0 go build -o "$tmp/descent" ./cmd/descent)
status=0
/usr/bin/time -v "$tmp/descent" fit logistic --data "$file" --l2 1e-4 --json >"$tmp/out.json" 2>"$tmp/time" || status=$?
peak=$(awk '/Maximum resident set size/ { print $NF }' "$tmp/time")
if [ -z "$peak" ]; then
	cat "$tmp/time" >&2
	exit 1
fi
if [ "$status" -ne 0 ]; then
	echo "descent fit: exit status $status:" >&2
	grep -v '^	' "$tmp/time" >&2 || true
fi
echo "file $(($(wc -c <"$file") / 1000000)) MB, $rows rows, $nnz entries"
awk -v p="$peak" -v m="$matrix" 'BEGIN {
	printf "peak %.1f MB / parsed matrix %.1f MB = %.2f (want <= 2.5)\n", p * 1024 / 1e6, m / 1e6, p * 1024 / m
	exit p * 1024 / m > 2.5
}'
exit "$status"
