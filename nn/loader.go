package nn

import (
	"fmt"

	"github.com/godescent/descent/rng"
)

// A Loader deals out the indices of n examples in batches, in a new random order in every
// epoch. The order of an epoch is a function of Stream and the epoch's number, so a loader
// with the Position of another goes on as that one does.
type Loader struct {
	Position Position

	n, batch int
	order    []int
	shuffled uint64 // the epoch whose order it is, plus 1; 0 is none
}

// A Position is the whole state of a [Loader].
type Position struct {
	Stream rng.Stream // orders are drawn from its splits
	Epoch  uint64     // number of the epoch
	At     int        // examples of the epoch that have been dealt out
}

// NewLoader returns a loader of batches of the given size at the beginning of epoch 0; the
// last batch of an epoch may be smaller.
func NewLoader(n, batch int, s rng.Stream) (*Loader, error) {
	if n < 1 || batch < 1 || batch > n {
		return nil, fmt.Errorf("nn: batches of %d of %d examples: want 1 to %d", batch, n, max(1, n))
	}
	return &Loader{Position: Position{Stream: s}, n: n, batch: batch, order: make([]int, n)}, nil
}

// Batches returns the number of batches in an epoch.
func (l *Loader) Batches() int { return (l.n + l.batch - 1) / l.batch }

// Next returns the next batch of indices, which must not be changed, and lasts until the next
// epoch begins. It allocates nothing.
func (l *Loader) Next() []int {
	p := &l.Position
	if p.At >= l.n || p.At < 0 {
		p.Epoch, p.At = p.Epoch+1, 0
	}
	if l.shuffled != p.Epoch+1 {
		for i := range l.order {
			l.order[i] = i
		}
		s := p.Stream.Split(p.Epoch)
		s.Shuffle(l.order)
		l.shuffled = p.Epoch + 1
	}
	lo := p.At
	p.At = min(lo+l.batch, l.n)
	return l.order[lo:p.At]
}
