package linalg

import (
	"fmt"
	"math"
	"testing"
)

// gramWays are the ways to a Gram matrix of columns, forced.
var gramWays = map[string]func(h []float64, ld int, a *CSC, x []float64, cols []int32, from int, c []float64){
	"GramColumns": func(h []float64, ld int, a *CSC, x []float64, cols []int32, from int, c []float64) {
		GramColumns(h, ld, a, cols, from, c)
	},
	"GramDenseColumns": func(h []float64, ld int, a *CSC, x []float64, cols []int32, from int, c []float64) {
		GramDenseColumns(h, ld, x, a.Rows, cols, from, c)
	},
	"dots": func(h []float64, ld int, a *CSC, x []float64, cols []int32, from int, c []float64) {
		gramDots(h, ld, a, cols, from, c)
	},
	"rows": func(h []float64, ld int, a *CSC, x []float64, cols []int32, from int, c []float64) {
		all, added := 0, 0
		for k, j := range cols {
			all += a.Ptr[j+1] - a.Ptr[j]
			if k >= from {
				added += a.Ptr[j+1] - a.Ptr[j]
			}
		}
		gramRows(h, ld, a, cols, from, c, all, added)
	},
	"panels": func(h []float64, ld int, a *CSC, x []float64, cols []int32, from int, c []float64) {
		g := panelSpares.get()
		g.n, g.w, g.from, g.c, g.csc, g.cols = a.Rows, len(cols), from, c, a, cols
		g.run(h, ld)
	},
}

// columnMajor returns the transposed elements of d.
func columnMajor(d *Dense) []float64 {
	x := make([]float64, 0, len(d.Data))
	for j := range d.Cols {
		for i := range d.Rows {
			x = append(x, d.Data[i*d.Cols+j])
		}
	}
	return x
}

func TestGramColumns(t *testing.T) {
	compared := 0
	for _, s := range []struct{ n, p, w, from int }{
		{1, 1, 1, 0}, {0, 5, 3, 0}, {7, 5, 5, 0}, {7, 9, 9, 4}, {38, 60, 33, 0}, {38, 60, 33, 17}, {38, 60, 33, 30}, {0, 60, 33, 30}, {300, 40, 24, 8}, {300, 40, 25, 24},
		{90, 300, 260, 0}, {600, 300, 265, 261}, {5000, 30, 11, 3}, {5000, 20, 19, 0}, {40, 400, 290, 250}, {50, 20, 12, 12},
	} {
		for _, density := range []float64{0.01, 0.2, 1} {
			for _, ones := range []bool{false, true} {
				r, d := random(s.n, s.p, density, ones)
				a, x := r.CSC(), columnMajor(d)
				cols := make([]int32, s.w) // in an order of their own, one twice
				for k := range cols {
					cols[k] = int32((k*7 + k*k%3) % s.p)
				}
				ld := s.w + 3
				for _, c := range [][]float64{nil, vector(s.n, 4)} {
					want := make([]float64, s.w*ld)
					fill(want, 77)
					for i := range s.w {
						for j := s.from; j < s.w; j++ {
							if i > j {
								continue
							}
							v := 0.0
							for k := range s.n {
								if d.Data[k*s.p+int(cols[i])] == 0 {
									continue
								}
								v += weight(c, k) * d.Data[k*s.p+int(cols[i])] * d.Data[k*s.p+int(cols[j])]
							}
							want[i*ld+j], want[j*ld+i] = v, v
						}
					}
					for way, f := range gramWays {
						h := make([]float64, s.w*ld)
						fill(h, 77)
						f(h, ld, a, x, cols, s.from, c)
						for k := range h {
							if math.Abs(h[k]-want[k]) > 1e-11*(1+float64(s.n)) {
								t.Fatalf("%s of %+v, density %v, ones %v, weighted %v: element (%d, %d) is %v, want %v", way, s, density, ones, c != nil, k/ld, k%ld, h[k], want[k])
							}
							compared++
						}
					}
				}
			}
		}
	}
	if compared < 5e5 {
		t.Errorf("only %d comparisons", compared)
	}
}

func fill(x []float64, v float64) {
	for i := range x {
		x[i] = v
	}
}

// Columns added later give what all of them at once do.
func TestGramColumnsGrow(t *testing.T) {
	r, d := random(500, 90, 0.1, false)
	a, x, c := r.CSC(), columnMajor(d), vector(500, 3)
	cols := make([]int32, 60)
	for k := range cols {
		cols[k] = int32(89 - k)
	}
	for way, f := range gramWays {
		const ld = 60
		whole, grown := make([]float64, ld*ld), make([]float64, ld*ld)
		f(whole, ld, a, x, cols, 0, c)
		from := 0
		for _, w := range []int{1, 10, 11, 40, 60} {
			f(grown, ld, a, x, cols[:w], from, c)
			from = w
		}
		for k := range whole {
			if math.Abs(whole[k]-grown[k]) > 1e-12*(1+math.Abs(whole[k])) || grown[k] != grown[k%ld*ld+k/ld] {
				t.Fatalf("%s: element (%d, %d) is %v, found at once %v", way, k/ld, k%ld, grown[k], whole[k])
			}
		}
	}
}

func TestGramColumnsWorkers(t *testing.T) {
	defer SetWorkers(0)
	r, d := random(9000, 300, 0.05, false)
	a, x, c := r.CSC(), columnMajor(d), vector(9000, 3)
	for _, w := range []int{20, 280} {
		cols := make([]int32, w)
		for k := range cols {
			cols[k] = int32(k)
		}
		for way, f := range gramWays {
			var first []float64
			for _, n := range []int{1, 2, 3} {
				SetWorkers(n)
				h := make([]float64, w*w)
				f(h, w, a, x, cols, 0, c)
				if first == nil {
					first = h
				}
				for k := range h {
					if h[k] != first[k] {
						t.Fatalf("%s of %d columns: %d workers change bits", way, w, n)
					}
				}
			}
		}
	}
}

func TestGramColumnsPanics(t *testing.T) {
	r, d := random(5, 4, 1, false)
	a, x, h := r.CSC(), columnMajor(d), make([]float64, 16)
	for name, f := range map[string]func(){
		"column":   func() { GramColumns(h, 4, a, []int32{4}, 0, nil) },
		"negative": func() { GramDenseColumns(h, 4, x, 5, []int32{-1}, 0, nil) },
		"distance": func() { GramColumns(h, 1, a, []int32{0, 1}, 0, nil) },
		"short":    func() { GramDenseColumns(h[:3], 2, x, 5, []int32{0, 1}, 0, nil) },
		"from":     func() { GramColumns(h, 4, a, []int32{0, 1}, 3, nil) },
		"weights":  func() { GramDenseColumns(h, 4, x, 5, []int32{0, 1}, 0, make([]float64, 4)) },
		"ragged":   func() { GramDenseColumns(h, 4, x[:19], 5, []int32{0, 1}, 0, nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestGramColumnsAllocateNothing(t *testing.T) {
	r, d := random(200, 40, 0.3, false)
	a, x, c, h := r.CSC(), columnMajor(d), vector(200, 3), make([]float64, 400)
	cols := []int32{1, 5, 6, 7, 12, 30, 31, 33, 39, 2}
	for way, f := range gramWays {
		f(h, 20, a, x, cols, 0, c)
		if n := testing.AllocsPerRun(20, func() { f(h, 20, a, x, cols, 0, c) }); n >= 1 {
			t.Errorf("%s: %v allocations", way, n)
		}
	}
}

func BenchmarkGramColumns(b *testing.B) {
	for _, s := range []struct {
		n, w, from int
		density    float64
	}{
		{38, 500, 0, 1}, {2000, 300, 0, 1}, {20000, 50, 0, 1}, {20000, 50, 49, 1}, {2000, 800, 0, 0.003}, {2000, 800, 780, 0.003},
		{20000, 300, 0, 0.01}, {20000, 300, 290, 0.01}, {20000, 300, 299, 0.01}, {5000, 200, 0, 0.1}, {5000, 200, 190, 0.1}, {30000, 50, 0, 0.1},
	} {
		r, d := random(s.n, s.w, s.density, false)
		a, x, c, h := r.CSC(), columnMajor(d), vector(s.n, 3), make([]float64, s.w*s.w)
		cols := make([]int32, s.w)
		for k := range cols {
			cols[k] = int32(k)
		}
		for way, f := range gramWays {
			b.Run(fmt.Sprintf("n=%d/w=%d/from=%d/density=%v/way=%s", s.n, s.w, s.from, s.density, way), func(b *testing.B) {
				for b.Loop() {
					f(h, s.w, a, x, cols, s.from, c)
				}
			})
		}
	}
}
