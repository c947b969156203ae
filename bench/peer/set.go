package peer

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/godescent/descent/data"
	"github.com/godescent/descent/linalg"
)

// A Set is a file, and how its target is read. The peers get it as JSON.
type Set struct {
	Name     string  `json:"-"`
	Path     string  `json:"path"`
	Positive float64 `json:"positive,omitempty"` // the class that is +1, all others are -1; 0 means as in the file
	Unit     bool    `json:"unit,omitempty"`     // scale each row to Euclidean norm 1
	RealY    bool    `json:"-"`                  // a regression set: columns are standardized, the target (last column) is centred
}

// sets are what the benchmarks fit.
var sets = []Set{
	{Name: "a9a", Path: "a9a/a9a.svm.gz"},
	{Name: "w8a", Path: "w8a/w8a.svm.gz"},
	{Name: "covtype15k", Path: "covtype/covtype15k.binary.scale.svm.gz"},
	{Name: "leukemia", Path: "leukemia/leukemia.svm.gz"},
	{Name: "colon-cancer", Path: "colon-cancer/colon-cancer.svm.gz"},
	{Name: "pcmac", Path: "newsgroup-pairs/pcmac.svm.gz", Positive: 2},
	{Name: "basehock", Path: "newsgroup-pairs/basehock.svm.gz", Positive: 2},
	{Name: "relathe", Path: "newsgroup-pairs/relathe.svm.gz", Positive: 2},
	{Name: "movie-reviews", Path: "movie-reviews/polarity2k.tfidf.svm.gz"},
	{Name: "news20", Path: "news20/news20.svm.bz2", Positive: 1},
	{Name: "news20-unit", Path: "news20/news20.svm.bz2", Positive: 1, Unit: true},
	{Name: "cpusmall", Path: "regression/cpusmall.csv.gz", RealY: true},
	{Name: "housing", Path: "regression/boston_housing.csv.gz", RealY: true},
	{Name: "diabetes", Path: "regression/diabetes_raw.csv.gz", RealY: true},
}

// Sets returns them all.
func Sets() []Set { return slices.Clone(sets) }

// Find returns the set of a name, with its file under dir.
func Find(name, dir string) (Set, error) {
	var names []string
	for _, s := range sets {
		if s.Name == name {
			return s.Under(dir), nil
		}
		names = append(names, s.Name)
	}
	return Set{}, fmt.Errorf("no set %q (want %s)", name, strings.Join(names, ", "))
}

// Under returns the set with its file under dir.
func (s Set) Under(dir string) Set {
	s.Path = filepath.Join(dir, s.Path)
	return s
}

// Load parses a set as the peers see it. The last one is kept: sets come one after the other.
func Load(set Set) (*data.Set, error) {
	if set == last.set && last.data != nil {
		return last.data, nil
	}
	s, err := data.Load(set.Path, data.Options{})
	if err != nil {
		return nil, err
	}
	if set.Positive != 0 {
		for i, y := range s.Y {
			s.Y[i] = -1
			if y == set.Positive {
				s.Y[i] = 1
			}
		}
	}
	if x, ok := s.X.(*linalg.CSR); ok && set.Unit {
		for i := range x.Rows {
			norm := math.Sqrt(x.RowNrm2Sq(i))
			for p := x.Ptr[i]; p < x.Ptr[i+1] && norm > 0; p++ {
				x.Val[p] /= norm
			}
		}
	}
	if set.RealY {
		standardize(s)
	}
	last.set, last.data = set, s
	return s, nil
}

var last struct {
	set  Set
	data *data.Set
}

// standardize centers the columns and the target, and scales the columns to unit variance.
func standardize(s *data.Set) {
	x := s.X.(*linalg.Dense)
	n := float64(x.Rows)
	for j := range x.Cols {
		mean, square := 0.0, 0.0
		for i := range x.Rows {
			mean += x.Row(i)[j] / n
		}
		for i := range x.Rows {
			x.Row(i)[j] -= mean
			square += x.Row(i)[j] * x.Row(i)[j] / n
		}
		for i := range x.Rows {
			if square > 0 {
				x.Row(i)[j] /= math.Sqrt(square)
			}
		}
	}
	mean := 0.0
	for _, y := range s.Y {
		mean += y / n
	}
	for i := range s.Y {
		s.Y[i] -= mean
	}
}
