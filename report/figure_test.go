package report

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godescent/descent"
)

// sample is a run with a linear rate and some signed coefficients.
func sample() Figure {
	r := &descent.Result{Value: 0.0632, Certificate: descent.Certificate{Kind: descent.GapCertificate, Value: 3e-7, Tolerance: 1e-6}}
	for k, i := 0, 0; k < 60; k++ {
		r.Trace = append(r.Trace, descent.TracePoint{Iteration: i, Seconds: 1e-5 * float64(i), Value: 0.0632 + 0.6*math.Exp(-0.02*float64(i)), Certificate: 3 * math.Exp(-0.022*float64(i))})
		i += 1 + i/10
	}
	f := Figure{Title: "logistic on breast-cancer: 569 × 30, l2 = 0.001", Subtitle: "lbfgs: converged after 42 iterations, relative duality gap 3e-07", Result: r, BarTitle: "coefficient"}
	for j := range 30 {
		f.Names = append(f.Names, fmt.Sprintf("mean concave points %d", j))
		f.Values = append(f.Values, math.Sin(float64(3*j))*math.Exp(-float64(j)/9))
	}
	return f
}

// With REPORT_LOOK=dir the figures are kept for a look.
func TestFigures(t *testing.T) {
	dir := os.Getenv("REPORT_LOOK")
	if dir == "" {
		dir = t.TempDir()
	}
	one := sample()
	one.Result = &descent.Result{Trace: []descent.TracePoint{{}}, Certificate: descent.Certificate{Kind: descent.GradientCertificate, Tolerance: 1e-6}}
	one.Values = make([]float64, 3)
	odd := sample()
	odd.Result.Trace[3].Certificate = math.Inf(1)
	odd.Result.Trace[4].Value = math.Inf(1)
	odd.Result.Trace[5].Certificate = math.NaN()
	odd.Values = []float64{-3e5}
	odd.Names = []string{"a very long name of a column that cannot be shown in full"}
	plain := sample()
	plain.Values = nil
	for name, f := range map[string]Figure{"run": sample(), "one": one, "odd": odd, "plain": plain} {
		for _, ext := range []string{".svg", ".PNG"} {
			path := filepath.Join(dir, name+ext)
			if err := f.Save(path); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var again bytes.Buffer
			if err := f.Encode(&again, strings.ToLower(ext[1:])); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b, again.Bytes()) {
				t.Errorf("%s: a second drawing differs", path)
			}
			if ext == ".PNG" {
				if img, err := png.Decode(bytes.NewReader(b)); err != nil || img.Bounds().Dx() < 800 {
					t.Errorf("%s: %v", path, err)
				}
			} else if !bytes.Contains(b, []byte(f.Title)) {
				t.Errorf("%s: no title in it", path)
			}
		}
	}
}

func TestBadFormats(t *testing.T) {
	if err := sample().Save(filepath.Join(t.TempDir(), "x.pdf")); err == nil || !strings.Contains(err.Error(), ".svg or .png") {
		t.Errorf("error %v", err)
	}
	if err := sample().Encode(&bytes.Buffer{}, "pdf"); err == nil {
		t.Error("no error")
	}
	if err := sample().Save(filepath.Join(t.TempDir(), "no", "x.png")); err == nil {
		t.Error("no error for a missing directory")
	}
}

func TestTicks(t *testing.T) {
	for _, c := range [][2]float64{{0, 1}, {0, 7}, {-3, 2}, {0, 12345}, {0, 3e-6}, {-1e5, -9e4}} {
		if n := len(linearTicks(c[0], c[1])); n < 3 || n > 8 {
			t.Errorf("%v: %d ticks", c, n)
		}
	}
	seen := map[string]bool{}
	for _, tick := range linearTicks(0.0632, 0.0632+1e-7) {
		if seen[tick.Label] {
			t.Errorf("label %s twice", tick.Label)
		}
		seen[tick.Label] = true
	}
	if len(seen) < 3 {
		t.Errorf("labels %v", seen)
	}
	for _, b := range []int{-14, -9, -2, 1} {
		labels := 0
		for _, tick := range logTicks(math.Pow(10, float64(b)), 100) {
			if tick.Label != "" {
				labels++
			}
		}
		if labels < 2 || labels > 9 {
			t.Errorf("1e%d..100: %d labels", b, labels)
		}
	}
	if n := len(logTicks(1e-250, 1e250)); n < 5 || n > 12 {
		t.Errorf("%d ticks on 500 decades", n)
	}
}

func TestDigits(t *testing.T) {
	for v, want := range map[float64]string{999.4: "999", 999.6: "1000", -999.6: "-1000", 1234.5: "1234", 0.012345: "0.0123", 1e7: "1e+07", math.Inf(1): "-", math.NaN(): "-"} {
		if got := digits(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}
