package vec

import (
	"fmt"
	"math"
	"testing"
)

// Every element outside of what a kernel may read is NaN, outside of what it may write
// a mark.
func TestPanels(t *testing.T) {
	const ld, mark = 37, 77
	nan := math.NaN()
	compared := 0
	paths(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 2, 5, 64, 257} {
			for cols := range PanelCols + 1 {
				x := make([]float64, n*11+cols)
				for k := range x {
					x[k] = nan
				}
				v := sample[float64](n*PanelCols, 5)
				for k := range n {
					copy(x[k*11:k*11+cols], v[k*PanelCols:])
				}
				x = x[:max(0, (n-1)*11+cols)]
				for _, c := range [][]float64{nil, sample[float64](n, 6)} {
					name := fmt.Sprintf("%d columns of %d rows, weighted: %v", cols, n, c != nil)
					b, a := sample[float64](n*PanelCols+1, 1), sample[float64](n*PanelCols+1, 1)
					b[n*PanelCols], a[n*PanelCols] = mark, mark
					PackPanel(b[:n*PanelCols], a[:n*PanelCols], x, 11, cols, c)
					bt, at := sample[float64](n*PanelCols, 1), sample[float64](n*PanelCols, 1)
					lines := make([][]float64, cols)
					for j := range lines {
						for k := range n {
							lines[j] = append(lines[j], x[k*11+j])
						}
					}
					PackPanelT(bt, at, lines, c)
					for k := range n * PanelCols {
						want := 0.0
						if k%PanelCols < cols {
							want = v[k]
						}
						if b[k] != want || bt[k] != want {
							t.Fatalf("%s: element %d is %v and %v, want %v", name, k, b[k], bt[k], want)
						}
						if c != nil && (a[k] != want*c[k/PanelCols] || at[k] != a[k]) {
							t.Fatalf("%s: weighted element %d is %v and %v, want %v", name, k, a[k], at[k], want*c[k/PanelCols])
						}
						compared++
					}
					if b[n*PanelCols] != mark || a[n*PanelCols] != mark {
						t.Fatalf("%s: wrote behind the panel", name)
					}
				}
			}
			for v := range 5 {
				a, b := sample[float64](n*PanelCols, 2), sample[float64](v*n*PanelCols, 3)
				h := make([]float64, PanelCols*ld)
				for i := range h {
					h[i] = mark
				}
				PanelTiles(h, ld, a, b)
				for i := range PanelCols {
					for j := range ld {
						want := float64(mark)
						if j < v*PanelCols {
							for k := range n {
								want += a[PanelCols*k+i] * b[(j/PanelCols*n+k)*PanelCols+j%PanelCols]
							}
						}
						near(t, fmt.Sprintf("%d tiles of %d rows: element (%d, %d)", v, n, i, j), h[i*ld+j], want, 1e-12)
						compared++
					}
				}
			}
		}
		if compared < 10000 {
			t.Errorf("only %d comparisons", compared)
		}
	})
}

func TestPanelPanics(t *testing.T) {
	x := make([]float64, 100)
	for name, f := range map[string]func(){
		"nine columns":     func() { PackPanel(x[:16], nil, x, 10, 9, nil) },
		"broken panel":     func() { PackPanel(x[:15], nil, x, 10, 8, nil) },
		"short matrix":     func() { PackPanel(x[:96], nil, x, 10, 8, nil) },
		"short weights":    func() { PackPanel(x[:16], x[:16], x, 10, 8, x[:1]) },
		"no weighted":      func() { PackPanel(x[:16], nil, x, 10, 8, x[:2]) },
		"short column":     func() { PackPanelT(x[:16], nil, [][]float64{x[:1]}, nil) },
		"tile outside":     func() { PanelTiles(x[:60], 8, x[:8], x[:8]) },
		"overlapping rows": func() { PanelTiles(x, 8, x[:8], x[:16]) },
		"unequal panels":   func() { PanelTiles(x, 8, x[:16], x[:24]) },
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

func BenchmarkPanels(b *testing.B) {
	benchPaths(b, func(b *testing.B) {
		x, p, w := sample[float64](256*24, 1), make([]float64, 256*8), make([]float64, 256*8)
		lines := make([][]float64, 8)
		for j := range lines {
			lines[j] = x[j*256 : (j+1)*256]
		}
		h, c := make([]float64, 8*24), sample[float64](256, 2)
		b.Run("op=pack", func(b *testing.B) {
			for b.Loop() {
				PackPanel(p, w, x, 24, 8, c)
			}
		})
		b.Run("op=packT", func(b *testing.B) {
			for b.Loop() {
				PackPanelT(p, w, lines, c)
			}
		})
		for _, v := range []int{1, 2, 3} {
			b.Run(fmt.Sprintf("op=tiles/n=%d", v), func(b *testing.B) {
				for b.Loop() {
					PanelTiles(h, 24, p, x[:v*256*8])
				}
				b.ReportMetric(float64(b.N)*float64(v)*2*64*256/float64(b.Elapsed().Nanoseconds()), "GFLOPS")
			})
		}
	})
}
