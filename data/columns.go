package data

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/godescent/descent/linalg"
)

// A role says what a column of a table is used for: target + k is the target number k of
// several, from 0.
type role int

const (
	feature role = iota
	weight
	dropped
	target
)

// targetCount returns how many columns are targets.
func targetCount(rs []role) int {
	k := 0
	for _, r := range rs {
		if r >= target {
			k++
		}
	}
	return k
}

// roles gives each of the d columns its role. names may be nil. last says that
// without a word from the user the last column is the target.
func roles(file string, names []string, d int, opt Options, last bool) ([]role, error) {
	rs := make([]role, d)
	set := func(what, col string, r role) error {
		j, err := column(file, names, d, what, col)
		if err != nil {
			return err
		}
		if rs[j] != feature {
			return fmt.Errorf("%s: column %s is named twice among target, weights and drop", file, describe(names, j))
		}
		rs[j] = r
		return nil
	}
	for _, c := range opt.Drop {
		if err := set("drop", c, dropped); err != nil {
			return nil, err
		}
	}
	if opt.Weights != "" {
		if err := set("weights", opt.Weights, weight); err != nil {
			return nil, err
		}
	}
	for k, c := range opt.Targets {
		if err := set("target", c, target+role(k)); err != nil {
			return nil, err
		}
	}
	switch {
	case len(opt.Targets) > 0:
	case opt.Target == "none" && !slices.Contains(names, "none"):
	case opt.Target != "":
		if err := set("target", opt.Target, target); err != nil {
			return nil, err
		}
	case last && opt.Labels == "":
		for j := d - 1; j >= 0; j-- {
			if rs[j] == feature {
				rs[j] = target
				break
			}
		}
	}
	if !slices.Contains(rs, feature) {
		return nil, fmt.Errorf("%s: no column is left as a feature (of %d); with the target none all columns are features", file, d)
	}
	return rs, nil
}

// column finds a column by its name or, failing that, its 1-based number.
func column(file string, names []string, d int, what, col string) (int, error) {
	found := -1
	for j, n := range names {
		if n != col {
			continue
		}
		if found >= 0 {
			return 0, fmt.Errorf("%s: %s %q: columns %d and %d both have that name; give the number", file, what, col, found+1, j+1)
		}
		found = j
	}
	if found >= 0 {
		return found, nil
	}
	if k, err := strconv.Atoi(col); err == nil && 1 <= k && k <= d {
		return k - 1, nil
	}
	if names == nil {
		return 0, fmt.Errorf("%s: %s %q: the file has no column names; want a number from 1 to %d", file, what, col, d)
	}
	return 0, fmt.Errorf("%s: %s %q: no such column; want a number from 1 to %d or a name such as %s",
		file, what, col, d, strings.Join(nearest(col, names, 3), ", "))
}

// describe names column j in a message: its 1-based number and its name.
func describe(names []string, j int) string {
	if names == nil {
		return strconv.Itoa(j + 1)
	}
	return fmt.Sprintf("%d (%s)", j+1, names[j])
}

// nearest returns the k names with the least edit distance to s.
func nearest(s string, names []string, k int) []string {
	type scored struct {
		name string
		d    int
	}
	sc := make([]scored, len(names))
	for i, n := range names {
		sc[i] = scored{n, distance(strings.ToLower(s), strings.ToLower(n))}
	}
	slices.SortStableFunc(sc, func(a, b scored) int { return a.d - b.d })
	var out []string
	for _, c := range sc[:min(k, len(sc))] {
		out = append(out, c.name)
	}
	return out
}

// distance is the Levenshtein distance of a and b in bytes, of at most their
// first 64.
func distance(a, b string) int {
	a, b = a[:min(len(a), 64)], b[:min(len(b), 64)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diag
			if a[i] != b[j] {
				d++
			}
			diag = row[j+1]
			row[j+1] = min(d, row[j]+1, diag+1)
		}
	}
	return row[len(b)]
}

// pick returns the names of the columns with role r, nil if there are no names.
func pick(names []string, rs []role, r role) []string {
	if names == nil {
		return nil
	}
	out := make([]string, 0, len(names))
	for j, n := range names {
		if rs[j] == r {
			out = append(out, n)
		}
	}
	return out
}

// nameTargets stores the names of the target columns in s.
func (s *Set) nameTargets(names []string, rs []role) {
	all := make([]string, targetCount(rs))
	for j, r := range rs {
		switch {
		case r >= target && names == nil:
			all[r-target] = "column " + strconv.Itoa(j+1)
		case r >= target:
			all[r-target] = names[j]
		}
	}
	switch {
	case len(all) == 1:
		s.Target = all[0]
	case len(all) > 1:
		s.Targets = all
	}
}

// byTarget turns rows of k targets into one target after the other.
func byTarget(rows []float64, k int) []float64 {
	if k <= 1 {
		return rows
	}
	n := len(rows) / k
	y := make([]float64, len(rows))
	for i, v := range rows {
		y[i%k*n+i/k] = v
	}
	return y
}

// missing reports whether a field stands for a missing value.
func missing(t string) bool {
	switch t {
	case "", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "?", "NULL", "null", "None":
		return true
	}
	return false
}

// split separates the columns of a by their role, in place.
func split(a *linalg.Dense, rs []role) (x *linalg.Dense, y, w []float64) {
	d := 0
	for _, r := range rs {
		switch r {
		case feature:
			d++
		case weight:
			w = make([]float64, a.Rows)
		}
	}
	if k := targetCount(rs); k > 0 {
		y = make([]float64, k*a.Rows)
	}
	k := 0
	for i := range a.Rows {
		for j, v := range a.Data[i*a.Cols : (i+1)*a.Cols] {
			switch r := rs[j]; {
			case r == feature:
				a.Data[k] = v
				k++
			case r == weight:
				w[i] = v
			case r >= target:
				y[int(r-target)*a.Rows+i] = v
			}
		}
	}
	return &linalg.Dense{Rows: a.Rows, Cols: d, Data: a.Data[:k]}, y, w
}

// badWeight returns an error for the first negative weight.
func badWeight(file string, w []float64) error {
	for i, v := range w {
		if v < 0 {
			return fmt.Errorf("%s: row %d: weight %v; want at least 0", file, i+1, v)
		}
	}
	return nil
}
