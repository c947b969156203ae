#!/bin/sh
# Fitting data that is mapped, not loaded: time and memory to convert, check and fit a
# .dsc file against fitting the text.
#
#   bench/outofcore.sh [MEGABYTES]
#
# It generates LIBSVM text, always the same for a size (default 1000 MB): 50 real values a
# row, some 70000 columns. Memory is the highest RssAnon + RssShmem of /proc/PID/status, seen
# every 20 ms: what cannot be dropped and read again, unlike the pages of a mapped file.
# The parsed matrix counts as 12 bytes an entry and 16 a row. Linux only.
#
# It fails if the answers differ, or if the fit of the .dsc needs more than half of the
# parsed matrix: from 300 MB on, so that the vectors of a fit and the runtime are small beside it.
set -eu
mb=${1:-1000}
root=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d "${TMPDIR:-/tmp}/outofcore.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
(cd "$root" && CGO_ENABLED=0 go build -o "$tmp/descent" ./cmd/descent)

cat >"$tmp/gen.go" <<'GO'
package main

import (
	"bufio"
	"math/rand/v2"
	"os"
	"strconv"
)

// Labels follow a sparse linear model, with noise.
func main() {
	mb, _ := strconv.Atoi(os.Args[1])
	r := rand.New(rand.NewPCG(7, 7))
	w := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer w.Flush()
	var row []byte
	for size := 0; size < mb*1000000; size += len(row) {
		b, z, j := []byte{}, r.NormFloat64(), 0
		for range 50 {
			j += 1 + r.IntN(1999)
			v := 2*r.Float64() - 1
			if j%10 == 0 {
				z += v * float64(j%7-3)
			}
			b = append(strconv.AppendInt(append(b, ' '), int64(j), 10), ':')
			b = strconv.AppendFloat(b, v, 'g', 6, 64)
		}
		row = append(append(row[:0], "-1"...), b...)
		if z > 0 {
			row = append(append(row[:0], '1'), b...)
		}
		row = append(row, '\n')
		w.Write(row)
	}
}
GO
go run "$tmp/gen.go" "$mb" >"$tmp/x.svm"

# measure NAME COMMAND...: seconds and peak memory in kB to NAME.s and NAME.kb
measure() {
	name=$tmp/$1
	shift
	start=$(date +%s.%N)
	"$@" >"$name.out" 2>"$name.err" &
	pid=$!
	peak=0
	while kb=$(awk '/^Rss(Anon|Shmem):/ { s += $2 } END { print s + 0 }' "/proc/$pid/status" 2>/dev/null) && [ "$kb" -gt 0 ]; do
		[ "$kb" -gt "$peak" ] && peak=$kb
		sleep 0.02
	done
	status=0
	wait "$pid" || status=$?
	date +%s.%N | awk -v a="$start" '{ print $1 - a }' >"$name.s"
	echo "$peak" >"$name.kb"
	if [ "$status" -ne 0 ]; then
		echo "$*: exit status $status" >&2
		cat "$name.err" >&2
		exit 1
	fi
}
s() { cat "$tmp/$1.s"; }
kb() { cat "$tmp/$1.kb"; }

fit="$tmp/descent fit logistic --l2 1e-4 --json --x"
measure convert "$tmp/descent" data convert "$tmp/x.svm" "$tmp/x.dsc"
measure small "$tmp/descent" data convert "$tmp/x.svm" "$tmp/small.dsc" --memory 16MB
cmp "$tmp/x.dsc" "$tmp/small.dsc"
rm "$tmp/small.dsc"
measure check "$tmp/descent" data check "$tmp/x.dsc"
measure text $fit --data "$tmp/x.svm"
measure mapped $fit --data "$tmp/x.dsc"

entries=$(sed -n 's/.*, \([0-9]*\) entries.*/\1/p' "$tmp/convert.out")
rows=$(sed -n 's/.* \([0-9]*\) × .*/\1/p' "$tmp/convert.out")
matrix=$((12 * entries + 16 * rows))
text=$(grep '"coefficients"' "$tmp/text.out")
mapped=$(grep '"coefficients"' "$tmp/mapped.out")
if [ "$text" != "$mapped" ]; then
	echo "the answers of text and .dsc differ" >&2
	exit 1
fi
echo "text $(($(wc -c <"$tmp/x.svm") / 1000000)) MB, $rows rows, $entries entries; .dsc $(($(wc -c <"$tmp/x.dsc") / 1000000)) MB"
show() { awk -v n="$1" -v k="$(kb "$2")" -v m="$matrix" -v s="$(s "$2")" -v t="$(s text)" 'BEGIN {
	printf "%-28s memory %7.1f MB = %.3f of the parsed matrix, time %.3f of the fit of the text\n", n, k * 1024 / 1e6, k * 1024 / m, s / t }'; }
show "convert" convert
show "convert --memory 16MB" small
show "check" check
show "fit the text" text
show "fit the .dsc" mapped
[ "$(kb mapped)" -le $((matrix / 2 / 1024)) ] || { echo "want at most 0.5 of the parsed matrix for the fit of the .dsc" >&2; exit 1; }
