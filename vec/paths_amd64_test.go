package vec

import "testing"

var levels = []string{"portable", "avx2", "avx512"}

// paths runs f with every instruction set of the processor.
func paths(t *testing.T, f func(t *testing.T)) {
	reached := 0
	for l, name := range levels {
		if l > detect("") {
			t.Logf("%s is not on this processor", name)
			continue
		}
		reached++
		t.Run(name, func(t *testing.T) {
			defer func(old int) { level = old }(level)
			level = l
			f(t)
		})
	}
	t.Logf("%d of %d paths reached", reached, len(levels))
}

func benchPaths(b *testing.B, f func(b *testing.B)) {
	for l, name := range levels[:detect("")+1] {
		b.Run("path="+name, func(b *testing.B) {
			defer func(old int) { level = old }(level)
			level = l
			f(b)
		})
	}
}

// assembly reports whether the path under test is not the portable one.
func assembly() bool { return level != portable }

func TestDetect(t *testing.T) {
	best := detect("")
	for limit, want := range map[string]int{"off": portable, "avx2": min(best, avx2), "avx512": best, "what": best} {
		if got := detect(limit); got != want {
			t.Errorf("DESCENT_SIMD=%s selects %s, want %s", limit, levels[got], levels[want])
		}
	}
}
