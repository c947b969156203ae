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
