package claim

import (
	"math"

	"github.com/godescent/descent/study/stat"
)

// RatioAtMost compares the geometric mean of the ratios a[i]/b[i] with what is claimed where its 95 % interval is on
// one side of that, and leaves the claim undecided where it is not. A number that is not finite makes the ratio infinite.
func (r *Record) RatioAtMost(name string, a, b []float64, claimed float64) {
	ratio, i := stat.PairedRatio(a, b, 0.95)
	if !(ratio < math.Inf(1)) {
		r.AtMost(name, math.Inf(1), claimed)
		return
	}
	if r.oneSided(name, ratio, i, claimed) {
		r.AtMost(name, ratio, claimed)
	}
}

// DifferenceAtLeast does so for the mean of the differences a[i] - b[i].
func (r *Record) DifferenceAtLeast(name string, a, b []float64, claimed float64) {
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	mean, i := stat.MeanInterval(d, 0.95)
	if r.oneSided(name, mean, i, claimed) {
		r.AtLeast(name, mean, claimed)
	}
}

// oneSided notes an interval and reports whether it is on one side of what is claimed; else the claim is undecided.
func (r *Record) oneSided(name string, measured float64, i stat.Interval, claimed float64) bool {
	r.Note(name+", 95 % interval from", i.Low)
	r.Note(name+", to", i.High)
	if i.Low < claimed && i.High > claimed {
		r.Undecided("%s: %.4g, with 95 %% between %.4g and %.4g: want an interval on one side of %g", name, measured, i.Low, i.High, claimed)
		return false
	}
	return true
}
