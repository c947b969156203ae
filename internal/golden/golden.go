// Package golden holds optima of convex problems that an independent program
// computed to about 13 digits, and fits them with the module's default methods.
package golden

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/godescent/descent/data"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
)

//go:embed testdata/optima.json
var optima []byte

// A Case is one problem with its optimum.
type Case struct {
	ID, Group  string
	Data, Prep string
	N, D       int
	Parameters map[string]float64
	Optimum    float64
	NNZ        int
	Norm2      float64
}

// Cases returns all cases.
func Cases() ([]Case, error) {
	var f struct{ Optima []Case }
	err := json.Unmarshal(optima, &f)
	return f.Optima, err
}

// embedded maps data of the cases to sets that the module carries.
var embedded = map[string]string{
	"breast_cancer-std": "breast-cancer", "diabetes": "diabetes", "digits": "digits", "wine-std": "wine",
	"heart_scale": "heart-scale", "covtype15k": "covtype15k",
}

// Load returns the data of a case, prepared as its Prep says: from the embedded sets,
// else from the file under dir that Prep names. ok is false if it is in neither.
func (c Case) Load(dir string) (x linalg.Matrix, y []float64, ok bool, err error) {
	name := embedded[c.Data]
	if name == "" {
		if dir == "" {
			return nil, nil, false, nil
		}
		file, _, _ := strings.Cut(c.Prep, " ")
		name = filepath.Join(dir, strings.TrimRight(file, ",;"))
	}
	s, err := data.Load(name, data.Options{})
	if err != nil {
		return nil, nil, false, err
	}
	return s.X, c.prepare(s), true, nil
}

// prepare scales the data as Prep says and returns the targets.
func (c Case) prepare(s *data.Set) []float64 {
	y := s.Y
	switch x := s.X.(type) {
	case *linalg.Dense:
		if strings.Contains(c.Prep, "std (ddof 0)") || strings.Contains(c.Prep, "standard deviation (ddof 0)") {
			standardize(x)
		}
		if strings.Contains(c.Prep, "divided by 16") {
			for i := range x.Data {
				x.Data[i] /= 16
			}
		}
	case *linalg.CSR:
		if strings.Contains(c.Prep, "rows divided") {
			for i := range x.Rows {
				norm := math.Sqrt(x.RowNrm2Sq(i))
				for p := x.Ptr[i]; p < x.Ptr[i+1] && norm > 0; p++ {
					x.Val[p] /= norm
				}
			}
		}
	}
	switch {
	case strings.Contains(c.Prep, "y minus its mean"):
		mean := 0.0
		for _, v := range y {
			mean += v / float64(len(y))
		}
		for i := range y {
			y[i] -= mean
		}
	case strings.Contains(c.Prep, "labels 1..10"):
		signs(y, func(v float64) bool { return v <= 10 })
	case strings.Contains(c.Prep, "y = +1 for label 1") || strings.Contains(c.Prep, "y = +1 for target 1"):
		signs(y, func(v float64) bool { return v == 1 })
	}
	return y
}

func signs(y []float64, positive func(float64) bool) {
	for i, v := range y {
		y[i] = -1
		if positive(v) {
			y[i] = 1
		}
	}
}

func standardize(x *linalg.Dense) {
	n := float64(x.Rows)
	for j := range x.Cols {
		mean, sq := 0.0, 0.0
		for i := range x.Rows {
			mean += x.Data[i*x.Cols+j] / n
		}
		for i := range x.Rows {
			v := x.Data[i*x.Cols+j] - mean
			x.Data[i*x.Cols+j] = v
			sq += v * v / n
		}
		for i := range x.Rows {
			x.Data[i*x.Cols+j] /= math.Sqrt(sq)
		}
	}
}

// Width is the smoothing of the quantile cases: their optima are those of the pinball
// loss, from which it keeps within Width/8.
const Width = 1e-8

// Spec returns the model of a case.
func (c Case) Spec() (s glm.Spec, err error) {
	p := c.Parameters
	s.L2 = p["lam"]
	group, _, _ := strings.Cut(c.ID, "__")
	switch group {
	case "enet0.5", "enet0.9", "lasso":
		s.L1, s.L2 = p["alpha"]*p["rho"], p["alpha"]*(1-p["rho"])
	case "logistic-l1":
		s.Loss, s.L1, s.L2 = glm.Logistic{}, p["lam"], 0
	case "logistic-l2":
		s.Loss = glm.Logistic{}
	case "logistic-l2-intercept":
		s.Loss, s.Intercept = glm.Logistic{}, true
	case "huber":
		s.Loss = glm.Huber{Epsilon: p["eps"]}
	case "nnls":
		s.NonNeg = true
	case "quantile0.5":
		s.Loss, s.Intercept = glm.Quantile{Q: p["q"], Smoothing: Width}, true
	case "ridge":
	case "softmax-l2":
		s.Loss = glm.Multinomial{K: map[string]int{"digits": 10, "wine-std": 3}[c.Data]}
	case "svm-sqhinge":
		s.Loss = glm.SquaredHinge{}
	case "svm-hinge":
		s.Loss = glm.Hinge{}
	default:
		return s, fmt.Errorf("golden: unknown group %q", group)
	}
	return s, nil
}
