// Package firstorder has claims about methods that use gradients alone.
package firstorder

import (
	"fmt"

	"github.com/godescent/descent/data"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
)

// twoClasses loads the rows of an embedded set whose target is neg or pos, with the
// targets -1 and +1.
func twoClasses(name string, neg, pos float64) (*linalg.Dense, []float64, error) {
	set, err := data.Load(name, data.Options{})
	if err != nil {
		return nil, nil, err
	}
	all, ok := set.X.(*linalg.Dense)
	if !ok {
		return nil, nil, fmt.Errorf("%s: %T: want a dense table", name, set.X)
	}
	x, y := &linalg.Dense{Cols: all.Cols}, []float64(nil)
	for i, v := range set.Y {
		if v != neg && v != pos {
			continue
		}
		x.Rows++
		x.Data = append(x.Data, all.Data[i*all.Cols:(i+1)*all.Cols]...)
		y = append(y, map[bool]float64{true: 1, false: -1}[v == pos])
	}
	return x, y, nil
}

// breastCancer is logistic regression on the set of that name, with columns of unit
// standard deviation.
func breastCancer(l2 float64, intercept bool) (*glm.Model, error) {
	x, y, err := twoClasses("breast-cancer", 0, 1)
	if err != nil {
		return nil, err
	}
	return glm.New("logistic on breast-cancer", x, y, glm.Spec{Loss: glm.Logistic{}, L2: l2, Intercept: intercept, Scale: glm.ScaleStd})
}
