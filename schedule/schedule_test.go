package schedule

import (
	"fmt"
	"math"
	"testing"
)

func TestValues(t *testing.T) {
	for _, c := range []struct {
		s       Schedule
		t, want float64
	}{
		{Schedule{}, 7, 1},
		{Schedule{Kind: "constant", Horizon: 2}, 7, 1},
		{Schedule{Kind: "inv-sqrt"}, 0, 1},
		{Schedule{Kind: "inv-sqrt"}, 3, 0.5},
		{Schedule{Kind: "inv-sqrt", Horizon: 5}, 15, 0.5},
		{Schedule{Kind: "inv"}, 3, 0.25},
		{Schedule{Kind: "inv", Horizon: 3}, 3, 0.5},
		{Schedule{Kind: "linear", Horizon: 4}, 0, 1},
		{Schedule{Kind: "linear", Horizon: 4}, 3, 0.25},
		{Schedule{Kind: "linear", Horizon: 4}, 4, 0},
		{Schedule{Kind: "linear", Horizon: 4}, 9, 0},
		{Schedule{Kind: "cosine", Horizon: 4}, 0, 1},
		{Schedule{Kind: "cosine", Horizon: 4}, 2, 0.5},
		{Schedule{Kind: "cosine", Horizon: 4}, 4, 0},
		{Schedule{Kind: "cosine", Horizon: 4}, 9, 0},
		{Schedule{Kind: "wsd", Horizon: 10}, 8, 1},
		{Schedule{Kind: "wsd", Horizon: 10}, 9, 0.5},
		{Schedule{Kind: "wsd", Horizon: 10}, 10, 0},
		{Schedule{Kind: "wsd", Horizon: 10}, 11, 0},
		{Schedule{Kind: "wsd", Horizon: 10, Warmup: 2}, 1, 0.5},
		{Over("wsd", 20, 2), 18, 0.5},
		{Over("step", 30, 0), 25, 0.01},
		{Schedule{Kind: "step", Horizon: 4}, 3.9, 1},
		{Schedule{Kind: "step", Horizon: 4}, 4, 0.1},
		{Schedule{Kind: "step", Horizon: 4}, 8.5, 0.01},
		{Schedule{Warmup: 4}, 0, 0},
		{Schedule{Warmup: 4}, 1, 0.25},
		{Schedule{Warmup: 4}, 4, 1},
		{Schedule{Kind: "inv", Warmup: 4}, 1, 0.125},
	} {
		if got := c.s.At(c.t); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%+v at %v is %v, want %v", c.s, c.t, got, c.want)
		}
		if err := c.s.Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestNeverGrowsAfterWarmup(t *testing.T) {
	for _, kind := range []string{"", "constant", "inv-sqrt", "inv", "linear", "cosine", "wsd", "step"} {
		s, last := Schedule{Kind: kind, Horizon: 3, Warmup: 2}, 1.0
		for k := 20; k < 200; k++ {
			v := s.At(float64(k) / 10)
			if v > last || v < 0 {
				t.Errorf("%s: %v after %v", kind, v, last)
			}
			last = v
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for _, s := range []Schedule{{Kind: "sine"}, {Horizon: -1}, {Horizon: math.Inf(1)}, {Horizon: math.NaN()}, {Warmup: -1}, {Warmup: math.NaN()}} {
		if s.Check() == nil {
			t.Errorf("%+v was accepted", s)
		}
	}
}

func ExampleSchedule() {
	s := Schedule{Kind: "cosine", Horizon: 10, Warmup: 2}
	for _, t := range []float64{0, 1, 2, 5, 10} {
		fmt.Printf("%.2f ", s.At(t))
	}
	// Output: 0.00 0.49 0.90 0.50 0.00
}
