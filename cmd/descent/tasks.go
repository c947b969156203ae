package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/godescent/descent/data"
)

// checkTargets refuses what the number of targets does not go with, and warns of one that drowns
// the others.
func (f *fitFlags) checkTargets(loss string, set *data.Set) error {
	switch {
	case set.Targets != nil && loss != "linear":
		return fmt.Errorf("%s: %d targets: %s takes one; linear takes several", set.Name, len(set.Targets), loss)
	case set.Targets == nil && f.taskL1 > 0 && loss != "multinomial":
		return fmt.Errorf("%s: --task-l1 goes with several targets: --target A,B,...; with one it is --l1", set.Name)
	}
	if k, factor := loudest(set); factor > 100 {
		set.Warnings = append(set.Warnings, fmt.Sprintf("the variances of the targets differ by a factor of %.2g: the loss is mostly that of %s; scale them alike if each is to count", factor, set.Targets[k]))
	}
	return nil
}

// loudest returns the target of the largest variance, and how far it is from the least that is not 0.
func loudest(set *data.Set) (top int, factor float64) {
	n := len(set.Y) / max(1, len(set.Targets))
	least, most := math.Inf(1), 0.0
	for k := range set.Targets {
		y := set.Y[k*n : (k+1)*n]
		if slices.Min(y) == slices.Max(y) {
			continue
		}
		s := deviation(y)
		if least = min(least, s); s > most {
			top, most = k, s
		}
	}
	return top, most / least * (most / least) // 0 if all are constant
}

// mostTargets is up to how many targets have a column in the table of coefficients.
const mostTargets = 8

// printTable prints the coefficients of several targets side by side, the columns of the data with
// the largest norms first.
func printTable(w io.Writer, m *model, set *data.Set, coef [][]float64, b []float64) {
	var order []int
	norm := make([]float64, m.Columns)
	for j := range norm {
		for k := range coef {
			norm[j] = math.Hypot(norm[j], coef[k][j])
		}
		if norm[j] > 0 {
			order = append(order, j)
		}
	}
	sort.SliceStable(order, func(a, b int) bool { return norm[order[a]] > norm[order[b]] })
	const most = 10
	fmt.Fprintf(w, "\ncoefficients: %d of %s are not zero", len(order), plural(m.Columns, "column"))
	if len(order) > most {
		fmt.Fprintf(w, "; the largest %d", most)
		order = order[:most]
	}
	fmt.Fprintln(w)
	line := func(value func(k int) string, name string) {
		text := " "
		for k := range coef {
			text += fmt.Sprintf(" %13s", value(k))
		}
		fmt.Fprintln(w, strings.TrimRight(text+"  "+name, " "))
	}
	line(func(k int) string { return cut(m.output(k), 13) }, "")
	for _, j := range order {
		line(func(k int) string { return fmt.Sprintf("%.6g", coef[k][j]) }, set.Feature(j))
	}
	if m.Intercept != nil {
		line(func(k int) string { return fmt.Sprintf("%.6g", b[k]) }, "intercept")
	}
}

// scoreAll is score for every target of several, and the means: of R² over targets that are not
// constant, which have none.
func scoreAll(m *model, z [][]float64, y, weights []float64) []metric {
	r2, rmse := metric{Name: "r2"}, metric{Name: "rmse"}
	n, k := len(z[0]), len(z)
	var lines []string
	varied := 0
	for t := range k {
		one := score(&model{Loss: m.Loss}, z[t:t+1], y[t*n:(t+1)*n], weights)
		r2.Each, rmse.Each = append(r2.Each, one[0].Value), append(rmse.Each, one[1].Value)
		if v := float64(one[0].Value); !math.IsNaN(v) && !math.IsInf(v, 0) {
			r2.Value += one[0].Value
			varied++
		}
		rmse.Value += one[1].Value / num(k)
		lines = append(lines, fmt.Sprintf("%s: %s, %s", m.output(t), one[0].Text, one[1].Text))
	}
	r2.Value /= num(varied) // NaN if all are constant
	r2.Text = fmt.Sprintf("R² %.4f on average over %d targets", r2.Value, k)
	if varied < k {
		r2.Text = fmt.Sprintf("R² %.4f on average over %d of %d targets, as others are constant", r2.Value, varied, k)
	}
	const most = 12
	if k > most {
		lines = append(lines[:most], fmt.Sprintf("and %d more (all with --json)", k-most))
	}
	r2.Text += "\n" + strings.Join(lines, "\n")
	return []metric{r2, rmse}
}
