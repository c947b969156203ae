package data

import (
	"fmt"
	"strings"
	"testing"

	"github.com/godescent/descent/linalg"
)

const mm = "%%MatrixMarket matrix "

func TestMatrixMarket(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"general, any order", mm + "coordinate real general\n% note\n\n2 3 4\n2 3 -1.5\n1 1 2\n2 1 1e1\n 1\t3 4 \r\n", "2 0 4\n10 0 -1.5\n"},
		{"duplicates and zeros", mm + "coordinate real general\n2 2 5\n1 2 1\n1 2 2\n2 1 5\n2 1 -5\n1 1 0\n", "0 3\n0 0\n"},
		{"integer, capitals", "%%MatrixMarket MATRIX Coordinate Integer General\n1 2 1\n1 2 7", "0 7\n"},
		{"pattern", mm + "coordinate pattern general\n2 2 2\n2 1\n1 2\n", "0 1\n1 0\n"},
		{"pattern with a duplicate", mm + "coordinate pattern general\n1 2 3\n1 1\n1 2\n1 1\n", "2 1\n"},
		{"pattern symmetric", mm + "coordinate pattern symmetric\n3 3 2\n1 1\n3 1\n", "1 0 1\n0 0 0\n1 0 0\n"},
		{"symmetric", mm + "coordinate real symmetric\n2 2 2\n1 1 3\n2 1 4\n", "3 4\n4 0\n"},
		{"skew", mm + "coordinate real skew-symmetric\n2 2 1\n2 1 4\n", "0 -4\n4 0\n"},
		{"array", mm + "array real general\n2 3\n1\n2\n3\n4\n5\n6\n", "1 3 5\n2 4 6\n"},
		{"array symmetric", mm + "array real symmetric\n2 2\n1\n2\n3\n", "1 2\n2 3\n"},
		{"array skew", mm + "array integer skew-symmetric\n3 3\n1\n2\n3\n", "0 -1 -2\n1 0 -3\n2 3 0\n"},
		{"no entries", mm + "coordinate real general\n1 2 0\n", "0 0\n"},
	}
	for _, c := range cases {
		s, err := Read(strings.NewReader(c.text), "t", Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if err := consistent(s); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := dense(s.X); got != c.want || s.Y != nil || s.Format != "mtx" {
			t.Errorf("%s:\n%swant\n%s", c.name, got, c.want)
		}
	}
	s := mustRead(t, cases[3].text, Options{})
	if s.X.(*linalg.CSR).Val != nil {
		t.Error("a pattern keeps values")
	}
}

func TestMatrixMarketErrors(t *testing.T) {
	const co = mm + "coordinate real general\n"
	cases := []struct{ text, want string }{
		{"hello\n", `t:1:1: "hello"; want %%MatrixMarket matrix coordinate|array`},
		{"", `t:1:1: the input is empty`},
		{mm + "coordinate complex general\n", "t:1:1: complex entries are not supported; want real, integer or pattern"},
		{mm + "coordinate real hermitian\n", `t:1:1: symmetry "hermitian" is not supported`},
		{mm + "array pattern general\n", "pattern goes with coordinate"},
		{mm + "vector real general\n", `format "vector"; want coordinate or array`},
		{co, "t:2:1: the input ends before the line of sizes"},
		{co + "2 2\n", `t:2:4: entries ""; want a whole number`},
		{co + "2 x 1\n", `t:2:3: columns "x"; want a whole number`},
		{co + "99999999999 1 1\n", `t:2:1: rows "99999999999"; want at most 2147483647`},
		{co + "2 2 1 7\n", `t:2:7: "7"; want the end of the line`},
		{co + "2 2 2\n1 1 1\n", "t:4:1: the input ends after 1 entries; the header promises 2"},
		{co + "2 2 1\n1 1 1\n2 2 1\n", "t:4:1: more than the 1 entries"},
		{co + "2 2 1\n3 1 1\n", `t:3:1: row "3"; want at most 2`},
		{co + "2 2 1\n1 0 1\n", `t:3:3: column 0; want at least 1`},
		{co + "2 2 1\n1 1\n", "t:3:4: the line ends; want a value"},
		{co + "2 2 1\n1 1 nan\n", `t:3:5: value "nan"; want a finite number`},
		{co + "2 2 1\n1 1 1e999\n", `t:3:5: value "1e999"; want a finite number`},
		{co + "2 2 1\n1 1 1,5\n", `t:3:5: value "1,5"; want a number`},
		{co + "2 2 2\n1 1 1e308\n1 1 1e308\n", `row 1, column 1 add up to +Inf`},
		{mm + "coordinate real symmetric\n2 2 1\n1 2 1\n", "t:3:1: entry (1, 2) above the diagonal"},
		{mm + "coordinate real symmetric\n2 3 1\n1 2 1\n", "2 x 3; want a square matrix"},
		{mm + "coordinate real skew-symmetric\n2 2 1\n1 1 1\n", "t:3:1: entry (1, 1) on the diagonal"},
		{co + "2147483647 2147483647 1\n1 1 1\n", "2147483647 rows for 1 entries; the sizes in the header cannot be right"},
		{co + "2 2 9223372036854775807\n1 1 1\n", "the input ends after 1 entries"},
		{mm + "array real general\n2147483647 2147483647\n1\n", "the input ends after 1 entries; the header promises 4611686014132420609"},
	}
	for _, c := range cases {
		_, err := Read(strings.NewReader(c.text), "t", Options{Format: "mtx"})
		if c.text == "" {
			_, err = readMatrixMarket(mustInput(t, ""), Options{})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
	if _, err := Read(strings.NewReader(co+"1 1 0\n"), "t", Options{Target: "1"}); err == nil {
		t.Error("a target column was accepted")
	}
}

func mustInput(t *testing.T, text string) *input {
	in, err := newInput(strings.NewReader(text), nil, "t")
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// TestMatrixMarketLong spans several blocks.
func TestMatrixMarketLong(t *testing.T) {
	const n = 60000
	var sb strings.Builder
	sb.WriteString(mm)
	fmt.Fprintf(&sb, "coordinate real general\n%d 3 %d\n", n, 2*n)
	for i := n; i >= 1; i-- {
		fmt.Fprintf(&sb, "%d 3 %d\n%d 1 -1\n", i, i, i)
	}
	a := mustRead(t, sb.String(), Options{}).X.(*linalg.CSR)
	for i := range n {
		if a.Val[2*i] != -1 || a.Val[2*i+1] != float64(i+1) {
			t.Fatalf("row %d: %v", i, a.Val[2*i:2*i+2])
		}
	}
}

func FuzzMatrixMarket(f *testing.F) {
	f.Add([]byte(mm + "coordinate real general\n% note\n2 3 3\n2 3 -1.5\n1 1 2\n2 3 1e1\n"))
	f.Add([]byte(mm + "coordinate pattern symmetric\n3 3 2\n1 1\n3 1\n"))
	f.Add([]byte(mm + "array integer skew-symmetric\n3 3\n1\n2\n3\n"))
	f.Fuzz(func(t *testing.T, b []byte) { check(t, b, Options{Format: "mtx"}) })
}
