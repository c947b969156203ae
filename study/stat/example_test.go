package stat_test

import (
	"fmt"

	"github.com/godescent/descent/study/stat"
)

// Steps of two methods with the same six seeds.
func Example() {
	a, b := []float64{61, 70, 58, 66, 63, 72}, []float64{99, 113, 98, 101, 104, 120}
	ratio, i := stat.PairedRatio(a, b, 0.95)
	d := make([]float64, len(a))
	for k := range d {
		d[k] = a[k] - b[k]
	}
	fmt.Printf("%.2fx [%.2f, %.2f], p = %.3f\n", ratio, i.Low, i.High, stat.Wilcoxon(d).P)
	// Output: 0.61x [0.59, 0.64], p = 0.031
}
