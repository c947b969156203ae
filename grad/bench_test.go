package grad

import "testing"

// BenchmarkStep times value and gradient of the models that bench/grad compares with a peer.
func BenchmarkStep(b *testing.B) {
	for _, c := range []struct {
		name string
		m    *model[float32]
	}{
		{"mlp", mlp[float32](128, 784, 512, 512, 10)},
		{"cnn", cnn[float32](64, 28, 16, 32, 128)},
		{"transformer", transformer[float32](32, 64, 128, 4, 4, 256)},
	} {
		b.Run("model="+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.m.step(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSecond times products with curvature, and norms of each example's gradient, beside
// the gradient.
func BenchmarkSecond(b *testing.B) {
	for _, c := range []struct {
		name string
		m    *model[float32]
	}{
		{"mlp", mlp[float32](128, 784, 512, 512, 10)},
		{"deep", mlp[float32](128, 512, 512, 512, 512, 512, 512, 10)},
		{"cnn", cnn[float32](64, 28, 16, 32, 128)},
		{"transformer", transformer[float32](8, 64, 128, 4, 4, 256)},
	} {
		v := make([]float32, len(c.m.w))
		for i := range v {
			v[i] = float32(i%7) - 3
		}
		squares := make([]float32, len(c.m.labels))
		run := func(what string, f func() error) {
			b.Run("model="+c.name+"/"+what, func(b *testing.B) {
				for b.Loop() {
					if err := f(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		run("gradient", c.m.step)
		run("hessian", func() error {
			clear(c.m.g)
			return c.m.tape.Backward(c.m.tape.JVP(c.m.record(), c.m.params, c.m.directions(v)))
		})
		loss := c.m.record()
		at := c.m.tape.Mark()
		run("next", func() error { // a product at the same point
			clear(c.m.g)
			defer c.m.tape.Rewind(at)
			return c.m.tape.Backward(c.m.tape.JVP(loss, c.m.params, c.m.directions(v)))
		})
		run("gaussnewton", func() error {
			clear(c.m.g)
			l := c.m.record()
			return c.m.tape.GaussNewton(l, c.m.logits, c.m.params, c.m.directions(v))
		})
		if c.name == "transformer" {
			squares = squares[:8]
		}
		run("norms", func() error {
			c.m.record()
			rows := CrossEntropies(c.m.logits, c.m.labels)
			if len(squares) < len(c.m.labels) {
				rows = Sum(Reshape(rows, len(squares), -1), 1)
			}
			return c.m.tape.ExampleNorms(rows, squares)
		})
	}
}
