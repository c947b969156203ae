package report

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/godescent/descent/data"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/prox"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// lasso returns the coefficients of (1/n) sum (y - x.w)^2 / 2 + lambda |w|_1 on the
// rows that keep accepts, with the mean of y taken out, by plain coordinate descent.
func lasso(set *data.Set, lambdas []float64, keep func(i int) bool) (coef [][]float64, mean float64) {
	x := set.X.(*linalg.Dense)
	d, n := x.Cols, 0.0
	for i, y := range set.Y {
		if keep(i) {
			mean, n = mean+y, n+1
		}
	}
	mean /= n
	gram, c := linalg.Dense{Rows: d, Cols: d, Data: make([]float64, d*d)}, make([]float64, d)
	for i, y := range set.Y {
		if keep(i) {
			x.RowAxpy((y-mean)/n, i, c)
			for j, v := range x.Row(i) {
				vec.Axpy(v/n, x.Row(i), gram.Row(j))
			}
		}
	}
	w := make([]float64, d)
	for _, l := range lambdas {
		for range 1000 {
			for j := range d {
				q := gram.Row(j)[j]
				r := c[j] + q*w[j] - gram.RowDot(j, w)
				w[j] = prox.L1{Lambda: l}.ProxAt(j, r, 1) / q
			}
		}
		coef = append(coef, slices.Clone(w))
	}
	return coef, mean
}

// diabetes is a lasso path on real data, and a cross-validation in 10 folds.
func diabetes(t *testing.T) (PathFigure, CVFigure) {
	set, err := data.Load("diabetes", data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const points, folds = 60, 10
	lambdas := make([]float64, points)
	for k := range lambdas {
		lambdas[k] = 2.15 * math.Pow(10, -3*float64(k)/(points-1))
	}
	coef, _ := lasso(set, lambdas, func(int) bool { return true })
	cv := CVFigure{Title: "lasso on diabetes: 442 × 10", Subtitle: "10 folds, 60 lambdas", Loss: "squared loss", Lambdas: lambdas,
		Mean: make([]float64, points), SE: make([]float64, points), NNZ: make([]int, points)}
	for fold := range folds {
		w, b := lasso(set, lambdas, func(i int) bool { return i%folds != fold })
		for k := range lambdas {
			loss, n := 0.0, 0.0
			for i := fold; i < len(set.Y); i += folds {
				z := b + set.X.(*linalg.Dense).RowDot(i, w[k])
				loss, n = loss+(set.Y[i]-z)*(set.Y[i]-z)/2, n+1
			}
			cv.Mean[k] += loss / n / folds
			cv.SE[k] += loss / n * loss / n / folds
		}
	}
	for k, m := range cv.Mean {
		cv.SE[k] = math.Sqrt(max(0, cv.SE[k]-m*m) / (folds - 1))
		for _, v := range coef[k] {
			if v != 0 {
				cv.NNZ[k]++
			}
		}
		if m < cv.Mean[cv.Best] {
			cv.Best = k
		}
	}
	for cv.Mean[cv.OneSE] > cv.Mean[cv.Best]+cv.SE[cv.Best] {
		cv.OneSE++
	}
	path := PathFigure{Title: "lasso path on diabetes: 442 × 10", Subtitle: "60 lambdas from 2.15 to 0.00215", Lambdas: lambdas, Coef: coef, Names: set.Features,
		Marks: []Mark{{lambdas[cv.Best], "minimum of the cross-validated loss"}, {lambdas[cv.OneSE], "one standard error"}}}
	return path, cv
}

// With REPORT_LOOK=dir the figures are kept for a look.
func TestPathAndCV(t *testing.T) {
	dir := os.Getenv("REPORT_LOOK")
	if dir == "" {
		dir = t.TempDir()
	}
	path, cv := diabetes(t)
	// Many coefficients of one size, long names, marks on top of each other.
	wide := PathFigure{Title: "wide", Subtitle: "80 coefficients, most of them alike", Marks: []Mark{{1e-2, "here"}, {0.9e-2, "and right beside it a longer label"}, {0.8e-2, "third"}, {1e-7, "at the very end of it all"}, {1, "at the start"}}}
	for k := range 50 {
		l := math.Pow(10, -7*float64(k)/49)
		w := make([]float64, 90)
		for j := range 80 {
			w[j] = math.Sin(float64(7*j)) * max(0, math.Log10(float64(j+1)/40/l)) / float64(1+j%5)
		}
		wide.Lambdas, wide.Coef = append(wide.Lambdas, l), append(wide.Coef, w)
	}
	for j := range 90 {
		wide.Names = append(wide.Names, fmt.Sprintf("a long name of the column number %d", j))
	}
	one := PathFigure{Title: "one", Lambdas: []float64{0.3}, Coef: [][]float64{{1, -2, 0}}}
	none := PathFigure{Title: "none", Subtitle: "all are zero", Lambdas: []float64{0.3, 0.2, 0.25}, Coef: [][]float64{{0}, {0}, {0}}}
	odd := PathFigure{Title: "odd", Lambdas: []float64{0.3, 0.2, 0.2, 0.1}, Coef: [][]float64{{0, 1}, {math.NaN(), 2}, {1, math.Inf(1)}, {2, -3}}}
	oneCV := CVFigure{Title: "one", Loss: "logistic loss", Lambdas: []float64{0.3}, Mean: []float64{0.5}, SE: []float64{0}, NNZ: []int{4}}
	oddCV := cv
	oddCV.Title, oddCV.Best, oddCV.OneSE = "odd", 55, 40
	oddCV.Mean, oddCV.SE = slices.Clone(cv.Mean), slices.Clone(cv.SE)
	oddCV.Mean[3], oddCV.Mean[4], oddCV.SE[8] = math.NaN(), math.Inf(1), math.NaN()
	noCV := CVFigure{Title: "nothing finite", Loss: "loss", Lambdas: []float64{2, 1}, Mean: []float64{math.NaN(), math.NaN()}, SE: make([]float64, 2), NNZ: make([]int, 2), Best: -1}
	for name, f := range map[string]interface {
		Save(path string) error
		check() error
	}{"path": path, "wide": wide, "path-one": one, "path-none": none, "path-odd": odd, "cv": cv, "cv-one": oneCV, "cv-odd": oddCV, "cv-none": noCV} {
		for _, ext := range []string{".svg", ".png"} {
			file := filepath.Join(dir, name+ext)
			var twice [2][]byte
			for i := range twice {
				if err := f.Save(file); err != nil {
					t.Fatalf("%s: %v", file, err)
				}
				b, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				twice[i] = b
			}
			if !bytes.Equal(twice[0], twice[1]) {
				t.Errorf("%s: a second drawing differs", file)
			}
			if ext == ".png" {
				if img, err := png.Decode(bytes.NewReader(twice[0])); err != nil || img.Bounds().Dx() < 800 {
					t.Errorf("%s: %v", file, err)
				}
			} else if bytes.Contains(twice[0], []byte("NaN")) || bytes.Contains(twice[0], []byte("Inf")) {
				t.Errorf("%s: places that are no numbers", file)
			}
		}
	}
	var svg bytes.Buffer
	if err := path.Encode(&svg, "svg"); err != nil {
		t.Fatal(err)
	}
	for _, want := range append([]string{path.Title, path.Subtitle, path.Marks[0].Label, "10 of 10 ever non-zero"}, path.Names...) {
		if !strings.Contains(svg.String(), want) {
			t.Errorf("no %q in the path", want)
		}
	}
}

func TestBadPathAndCV(t *testing.T) {
	lambdas, coef := []float64{2, 1}, [][]float64{{0, 1}, {1, 1}}
	two, nnz := []float64{1, 2}, []int{1, 2}
	for _, c := range []struct {
		f    interface{ check() error }
		want string
	}{
		{PathFigure{}, "no lambdas"}, {CVFigure{}, "no lambdas"},
		{PathFigure{Lambdas: []float64{1, 0}, Coef: coef}, "lambda[1] is 0: want a finite number > 0"},
		{PathFigure{Lambdas: []float64{math.NaN()}, Coef: coef}, "lambda[0] is NaN"},
		{PathFigure{Lambdas: []float64{math.Inf(1)}, Coef: coef}, "lambda[0] is +Inf"},
		{PathFigure{Lambdas: lambdas, Coef: coef[:1]}, "1 vectors of coefficients for 2 lambdas"},
		{PathFigure{Lambdas: lambdas, Coef: [][]float64{{1}, {1, 2}}}, "2 coefficients at lambda 1, 1 at lambda 2"},
		{PathFigure{Lambdas: lambdas, Coef: coef, Names: []string{"a"}}, "1 names for 2 coefficients"},
		{PathFigure{Lambdas: lambdas, Coef: coef, Marks: []Mark{{-1, "here"}}}, `mark "here"`},
		{CVFigure{Lambdas: lambdas, Mean: two, SE: two[:1], NNZ: nnz}, "2 means, 1 standard errors and 2 numbers"},
		{CVFigure{Lambdas: lambdas, Mean: two, SE: two, NNZ: nnz, Best: 2}, "choice 2 of 2"},
		{CVFigure{Lambdas: lambdas, Mean: two, SE: two, NNZ: nnz, OneSE: -2}, "choice -2 of 2"},
	} {
		if err := c.f.check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	if err := (PathFigure{}).Save(filepath.Join(t.TempDir(), "x.svg")); err == nil {
		t.Error("an empty path was saved")
	}
	if err := (CVFigure{}).Encode(&bytes.Buffer{}, "svg"); err == nil {
		t.Error("an empty cross-validation was drawn")
	}
}

// Labels that are crowded end a gap apart, within the panel, near where they were.
func TestSpread(t *testing.T) {
	for _, c := range []struct{ at, want []vg.Length }{
		{[]vg.Length{20, 50}, []vg.Length{20, 50}},
		{[]vg.Length{50, 50}, []vg.Length{45, 55}},
		{[]vg.Length{50, 52, 90}, []vg.Length{46, 56, 90}},
		{[]vg.Length{0, 0, 1}, []vg.Length{0, 10, 20}},
		{[]vg.Length{99, 100, 100}, []vg.Length{80, 90, 100}},
	} {
		got := spread(c.at, 10, 0, 100)
		for i := range got {
			if math.Abs(float64(got[i]-c.want[i])) > 1e-9 {
				t.Errorf("%v: %v, want %v", c.at, got, c.want)
				break
			}
		}
	}
}

func TestLambdaTicks(t *testing.T) {
	for _, c := range [][2]float64{{1, 0.5}, {2.15, 0.00215}, {1, 1e-8}, {1e5, 1e-14}, {0.3, 0.1}, {30, 0.4}, {1.000001, 1}} {
		n := 0
		for _, tick := range lambdaTicks(across(c[0]), across(c[1])) {
			if tick.Label != "" {
				n++
			}
		}
		if n < 2 || n > 12 {
			t.Errorf("lambda from %v to %v: %d labels", c[0], c[1], n)
		}
	}
}

// No label of a mark lies on another; the lines of two marks cross no label.
func TestFlags(t *testing.T) {
	p := newPlot()
	p.X.Min, p.X.Max = 0, 3
	data := draw.New(vgsvg.New(600, 100))
	r, most := rng.New(5, "report.TestFlags"), 0
	for trial := range 200 {
		var marks []Mark
		for range 1 + trial%6 {
			marks = append(marks, Mark{math.Pow(10, -3*r.Float64()), strings.Repeat("label ", 1+r.Intn(8))})
		}
		if trial == 0 { // the second has no room on the right, the first does
			marks = []Mark{{math.Pow(10, -2.1), strings.Repeat("label ", 8)}, {math.Pow(10, -2.5), strings.Repeat("label ", 8)}}
		}
		all := flags(p, data, marks, 600)
		for i, a := range all {
			most = max(most, a.row)
			for _, b := range all[:i] {
				if a.row == b.row && a.from < b.to && b.from < a.to {
					t.Errorf("%+v lies on %+v", a, b)
				}
				for _, pair := range [][2]flag{{a, b}, {b, a}} {
					if line, label := pair[0], pair[1]; len(all) == 2 && line.row >= label.row && label.from < line.x && line.x < label.to {
						t.Errorf("the line of %+v crosses %+v", line, label)
					}
				}
			}
		}
	}
	if most == 0 {
		t.Error("one row was enough for all: nothing was checked")
	}
}
