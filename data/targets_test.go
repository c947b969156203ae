package data

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent/linalg"
)

// matrixOf is an NPY file of rows.
func matrixOf(rows, cols int, values ...float64) []byte {
	return npy("<f8", "False", fmt.Sprintf("(%d, %d)", rows, cols), values)
}

const threeRows = "a,b,c,d,w\n1,2,3,4,1\n5,6,7,8,2\n9,10,11,12,3\n"

// Several targets come in the order in which they are named, each whole.
func TestSeveralTargets(t *testing.T) {
	type record struct {
		A float64 `parquet:"a"`
		B float64 `parquet:"b"`
		C float64 `parquet:"c"`
		D float64 `parquet:"d"`
		W float64 `parquet:"w"`
	}
	table := string(parquetOf([]record{{1, 2, 3, 4, 1}, {5, 6, 7, 8, 2}, {9, 10, 11, 12, 3}}))
	array := string(matrixOf(3, 5, 1, 2, 3, 4, 1, 5, 6, 7, 8, 2, 9, 10, 11, 12, 3))
	for _, c := range []struct {
		name, text string
		opt        Options
		targets    []string
	}{
		{"t.csv", threeRows, Options{Targets: []string{"d", "b"}, Weights: "w"}, []string{"d", "b"}},
		{"t.csv", threeRows, Options{Targets: []string{"4", "2"}, Weights: "5"}, []string{"d", "b"}},
		{"t.parquet", table, Options{Targets: []string{"d", "b"}, Weights: "w"}, []string{"d", "b"}},
		{"t.npy", array, Options{Targets: []string{"4", "2"}, Weights: "5"}, []string{"column 4", "column 2"}},
	} {
		s, err := Read(strings.NewReader(c.text), c.name, c.opt)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if x := s.X.(*linalg.Dense); !slices.Equal(x.Data, []float64{1, 3, 5, 7, 9, 11}) || !slices.Equal(s.Y, []float64{4, 8, 12, 2, 6, 10}) ||
			!slices.Equal(s.Weights, []float64{1, 2, 3}) || !slices.Equal(s.Targets, c.targets) || s.Target != "" {
			t.Errorf("%s: X %v, Y %v, weights %v, targets %v, target %q", c.name, x.Data, s.Y, s.Weights, s.Targets, s.Target)
		}
	}
}

// Of an archive several arrays are the targets, or the columns of one that is named.
func TestSeveralTargetsOfNPZ(t *testing.T) {
	z := string(npzOf(map[string][]byte{"X": matrixOf(3, 1, 1, 2, 3), "p": matrixOf(3, 1, 4, 5, 6), "y": matrixOf(3, 2, 7, 8, 9, 10, 11, 12)}, "X", "p", "y"))
	for _, c := range []struct {
		opt     Options
		y       []float64
		targets []string
	}{
		{Options{Target: "y"}, []float64{7, 9, 11, 8, 10, 12}, []string{"y[1]", "y[2]"}},
		{Options{Targets: []string{"y", "p"}}, []float64{7, 9, 11, 8, 10, 12, 4, 5, 6}, []string{"y[1]", "y[2]", "p"}},
		{Options{Target: "p"}, []float64{4, 5, 6}, nil},
	} {
		s, err := Read(strings.NewReader(z), "z.npz", c.opt)
		if err != nil || !slices.Equal(s.Y, c.y) || !slices.Equal(s.Targets, c.targets) {
			t.Errorf("%+v: %+v, %v", c.opt, s, err)
		}
	}
}

func TestSeveralTargetsRefused(t *testing.T) {
	z := string(npzOf(map[string][]byte{"X": matrixOf(3, 1, 1, 2, 3), "y": matrixOf(3, 2, 7, 8, 9, 10, 11, 12)}, "X", "y"))
	two := []string{"a", "b"}
	for _, c := range []struct {
		name, text string
		opt        Options
		want       string
	}{
		{"t.svm", "1 1:2\n", Options{Targets: two}, "LIBSVM rows begin with one label"},
		{"t.svm", "1,2 1:2\n", Options{}, "several labels in one row"},
		{"t.mtx", "%%MatrixMarket matrix array real general\n1 1\n1\n", Options{Targets: two}, "have no columns to name"},
		{"t.csv", threeRows, Options{Targets: two, Target: "c"}, "want one of them"},
		{"t.csv", threeRows, Options{Targets: two, Labels: "l.csv"}, "want one of them"},
		{"t.csv", threeRows, Options{Targets: []string{"a", "1"}}, "named twice"},
		{"t.csv", threeRows, Options{Targets: []string{"a", "z"}}, "no such column"},
		{"t.csv", "a,b,c\n1,x,2\n", Options{Targets: two}, "want a number"},
		{"z.npz", z, Options{}, "named as the target, its columns are as many targets"},
		{"z.npz", z, Options{Targets: []string{"y", "y"}}, "each to be named once"},
	} {
		if _, err := Read(strings.NewReader(c.text), c.name, c.opt); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %+v: %v, want %q", c.name, c.opt, err, c.want)
		}
	}
	dir := t.TempDir()
	in := filepath.Join(dir, "t.csv")
	if err := os.WriteFile(in, []byte(threeRows), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Convert(context.Background(), in, filepath.Join(dir, "t.dsc"), Options{Targets: two}, Conversion{})
	if err == nil || !strings.Contains(err.Error(), "a .dsc file has room for one") {
		t.Error(err)
	}
}
