package data

import (
	"embed"
	"strings"
)

//go:embed embedded/*.gz
var embedded embed.FS

// Info describes an embedded set.
type Info struct {
	Name    string `json:"name"`
	Rows    int    `json:"rows"`
	Cols    int    `json:"cols"` // features, without the target
	Task    string `json:"task"` // "regression", "two classes" or "k classes"
	About   string `json:"about"`
	Source  string `json:"source"`
	Licence string `json:"licence"`

	file string
}

const (
	sklearn = "scikit-learn 1.2.1"
	uci     = "CC BY 4.0 (UCI), BSD-3-Clause (scikit-learn)"
)

// The data files are those of embedded/NOTICE.md, which holds attributions and
// checksums.
var sets = []Info{
	{"breast-cancer", 569, 30, "two classes", "Wisconsin diagnostic breast cancer; target 1 is benign", sklearn + "; W. H. Wolberg, W. N. Street, O. L. Mangasarian 1995", uci, "breast_cancer.csv.gz"},
	{"covtype15k", 15120, 54, "two classes", "forest cover type, class 2 against the rest, balanced sample, columns scaled to [0,1], sparse", "UCI Covertype; J. A. Blackard 1998", "CC BY 4.0", "covtype15k.svm.gz"},
	{"diabetes", 442, 10, "regression", "disease progression after one year; columns centred, unit norm", sklearn + "; B. Efron et al. 2004", "BSD-3-Clause (scikit-learn)", "diabetes.csv.gz"},
	{"digits", 1797, 64, "10 classes", "handwritten digits as 8 x 8 grey images, values 0..16", sklearn + "; E. Alpaydin, C. Kaynak 1998", uci, "digits.csv.gz"},
	{"heart-scale", 270, 13, "two classes", "Statlog heart disease, columns scaled to [-1,1], sparse", "liblinear; Statlog (UCI)", "BSD-3-Clause (liblinear)", "heart_scale.svm.gz"},
	{"iris", 150, 4, "3 classes", "iris flowers: setosa 0, versicolor 1, virginica 2", sklearn + "; R. A. Fisher 1936", uci, "iris.csv.gz"},
	{"wine", 178, 13, "3 classes", "chemical analysis of wines of three cultivars", sklearn + "; S. Aeberhard, M. Forina 1991", uci, "wine.csv.gz"},
	{"winequality-red", 1599, 11, "regression", "quality score of red vinho verde from chemical tests", "UCI Wine Quality; P. Cortez et al. 2009", "CC BY 4.0", "winequality_red.csv.gz"},
}

// List describes the embedded sets, sorted by name.
func List() []Info {
	return append([]Info(nil), sets...)
}

func lookup(name string) *Info {
	name = strings.ReplaceAll(name, "_", "-")
	for i := range sets {
		if sets[i].Name == name {
			return &sets[i]
		}
	}
	return nil
}

// closest returns the k names of embedded sets most like name.
func closest(name string, k int) []string {
	names := make([]string, len(sets))
	for i, s := range sets {
		names[i] = s.Name
	}
	return nearest(name, names, k)
}
