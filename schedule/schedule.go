// Package schedule has step sizes as pure functions of time.
package schedule

import (
	"fmt"
	"math"
)

// A Schedule multiplies a base step by a factor that depends on the time t alone,
// in units that the method states (passes over the data, say). With the horizon K:
//
//	constant  1
//	inv-sqrt  1/sqrt(1 + t/K)
//	inv       1/(1 + t/K)
//	linear    1 - t/K up to K, then 0               (Zamani and Glineur 2023)
//	cosine    (1 + cos(pi t/K))/2 up to K, then 0   (Loshchilov and Hutter 2017, (5))
//	step      10^-floor(t/K)
//
// and the factor t/Warmup before the time Warmup. Its zero value is constant.
//
// These are the steps for which the last iterate of (composite) stochastic mirror descent is near optimal, with no average
// (Liu and Zhou, ICLR 2024, arXiv:2312.08531), t counting steps from 0 and T steps in all:
//
//	eta/sqrt(t+1)               inv-sqrt, K = 1: at any time, up to a factor log T
//	eta/sqrt(T) (T-t)/T         linear, K = T, base eta/sqrt(T): at T alone, without log T
//	1/(mu (t+1) + 2L)           inv, K = 1 + 2L/mu, base 1/(mu + 2L): strong convexity mu
//
// each base at most 1/(2L) where f is L-smooth. A run of linear or cosine that stops before K has not got what was promised.
type Schedule struct {
	Kind    string  // constant, inv-sqrt, inv, linear, cosine or step; "" leaves the choice to the method
	Horizon float64 // K > 0, the time scale of the decay; 0 means 1
	Warmup  float64 // >= 0, the time during which steps rise linearly from 0; 0 means none
}

// Over returns the schedule of a run of so many units of time, the first of them of warm-up: cosine and linear
// fall to 0 at its end, the others take a third of it as their time scale.
func Over(kind string, length, warmup float64) Schedule {
	if kind != "cosine" && kind != "linear" {
		length /= 3
	}
	return Schedule{Kind: kind, Horizon: length, Warmup: warmup}
}

// Check returns an error unless the kind is known and both times are finite and >= 0.
func (s Schedule) Check() error {
	switch s.Kind {
	case "", "constant", "inv-sqrt", "inv", "linear", "cosine", "step":
	default:
		return fmt.Errorf("schedule %q: want constant, inv-sqrt, inv, linear, cosine or step", s.Kind)
	}
	if !(s.Horizon >= 0) || math.IsInf(s.Horizon, 1) {
		return fmt.Errorf("schedule horizon %v: want a number > 0 (0 means 1)", s.Horizon)
	}
	if !(s.Warmup >= 0) || math.IsInf(s.Warmup, 1) {
		return fmt.Errorf("schedule warmup %v: want a number >= 0", s.Warmup)
	}
	return nil
}

// At returns the factor at time t >= 0, in [0, 1].
func (s Schedule) At(t float64) float64 {
	rise := 1.0
	if t < s.Warmup {
		rise = t / s.Warmup
	}
	if s.Horizon > 0 {
		t /= s.Horizon
	}
	switch s.Kind {
	case "inv-sqrt":
		return rise / math.Sqrt(1+t)
	case "inv":
		return rise / (1 + t)
	case "linear":
		return rise * (1 - min(t, 1))
	case "cosine":
		return rise * (1 + math.Cos(math.Pi*min(t, 1))) / 2
	case "step":
		return rise * math.Pow(10, -math.Floor(t))
	}
	return rise
}
