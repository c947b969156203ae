package coordinate

import "math"

// tournament finds the largest of n scores again and again while few of them change: a
// complete binary tree whose inner nodes hold the winner of their two children, the one
// with the lower index where scores are equal. So what it returns depends on the scores
// alone, and not on how they came about.
type tournament struct {
	size   int // leaves, a power of two
	score  []float64
	winner []int32 // winner[size+i] = i
}

func newTournament(n int) *tournament {
	t := &tournament{size: 1}
	for t.size < n {
		t.size *= 2
	}
	t.score, t.winner = make([]float64, t.size), make([]int32, 2*t.size)
	for i := range t.size {
		t.score[i], t.winner[t.size+i] = math.Inf(-1), int32(i)
	}
	t.rebuild()
	return t
}

// rebuild replays all matches after scores were set directly. O(n).
func (t *tournament) rebuild() {
	for k := t.size - 1; k > 0; k-- {
		t.play(k)
	}
}

func (t *tournament) play(k int) {
	a, b := t.winner[2*k], t.winner[2*k+1]
	if t.score[b] > t.score[a] {
		a = b
	}
	t.winner[k] = a
}

// set changes one score. O(log n).
func (t *tournament) set(i int, score float64) {
	t.score[i] = score
	for k := (t.size + i) / 2; k > 0; k /= 2 {
		t.play(k)
	}
}

// top returns the index and the score of the winner.
func (t *tournament) top() (int, float64) {
	i := int(t.winner[1])
	return i, t.score[i]
}

// largest appends the indices of at most k scores >= 0 to dst, largest first. keep has
// room for as many scores and is used to put them back. O(k log n).
func (t *tournament) largest(dst []int, k int, keep []float64) []int {
	for len(dst) < k {
		i, v := t.top()
		if !(v >= 0) {
			break
		}
		keep[len(dst)] = v
		dst = append(dst, i)
		t.set(i, -1)
	}
	for j, i := range dst {
		t.set(i, keep[j])
	}
	return dst
}
