package coordinate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/godescent/descent"
	"github.com/godescent/descent/prox"
	"github.com/godescent/descent/rng"
)

var (
	partitionNames = []string{"order", "sort", "avg", "hsort", "havg", "given", "red-black", "tree", "variable", "forest"}
	selectNames    = []string{"random", "cyclic", "perm", "lipschitz", "gs", "gsl", "gsd", "gsd-row", "gsq", "gsq-d", "gsc", "gs-q", "mi"}
	updateNames    = []string{"lb", "la", "hb", "newton", "pg", "pn", "pn-newton", "tmp", "tree"}
)

// withDefaults fills in what is not said.
func (m BCD) withDefaults(smooth, known bool) BCD {
	partition, sel, update := "sort", "gsl", "lb"
	switch {
	case !known:
		partition, sel, update = "order", "cyclic", "la"
	case !smooth:
		sel, update = "gs-q", "pg"
	}
	m.Partition, m.Select, m.Update = cmp.Or(m.Partition, partition), cmp.Or(m.Select, sel), cmp.Or(m.Update, update)
	m.Refresh = cmp.Or(m.Refresh, 200)
	return m
}

// check refuses names that are not known, numbers out of range and combinations without a
// meaning.
func (m BCD) check(n int, smooth bool) error {
	for _, c := range []struct {
		option, value string
		known         []string
	}{{"Partition", m.Partition, partitionNames}, {"Select", m.Select, selectNames}, {"Update", m.Update, updateNames}} {
		if !slices.Contains(c.known, c.value) {
			return fmt.Errorf("bcd: %s = %q: want %s", c.option, c.value, strings.Join(c.known, ", "))
		}
	}
	listed := slices.Contains([]string{"given", "red-black", "tree"}, m.Partition)
	forests := m.Partition == "red-black" || m.Partition == "tree" || m.Partition == "forest" || m.Partition == "given"
	switch {
	case m.Block < 0 || m.Block > n:
		return fmt.Errorf("bcd: Block = %d: want 1 to %d, the number of variables, or 0 for the default", m.Block, n)
	case m.Block > 0 && listed:
		return fmt.Errorf("bcd: Block = %d with partition %s, which has blocks of its own: want 0", m.Block, m.Partition)
	case (m.Partition == "given") != (m.Blocks != nil):
		return fmt.Errorf("bcd: partition %s with %d Blocks: want Blocks with partition given, and only there", m.Partition, len(m.Blocks))
	case m.Refresh < 0:
		return fmt.Errorf("bcd: Refresh = %d: want at least 1, or 0 for the default", m.Refresh)
	case m.Update == "tree" && !forests:
		return fmt.Errorf("bcd: update tree with partition %s: want forest, tree, red-black or given, whose blocks have no cycles", m.Partition)
	case m.Partition == "forest" && !slices.Contains([]string{"random", "gs", "gsl", "gsd", "gsd-row"}, m.Select):
		return fmt.Errorf("bcd: partition forest with select %s: want random, gs, gsl, gsd or gsd-row, which order the coordinates", m.Select)
	case m.Select == "gsq-d" && m.Partition != "variable":
		return fmt.Errorf("bcd: select gsq-d with partition %s: want variable blocks, or gsq, which is exact for fixed ones", m.Partition)
	case m.Select == "mi" && (m.Update == "la" || m.Partition == "variable" && m.Block != 1):
		return fmt.Errorf("bcd: select mi with update %s and variable blocks of %d: want fixed blocks, or Block = 1, and an update that does not learn", m.Update, m.Block)
	case !smooth && !slices.Contains([]string{"pg", "pn", "pn-newton", "tmp"}, m.Update):
		return fmt.Errorf("bcd: update %s on a problem with a regularizer or set: want pg, pn, pn-newton or tmp", m.Update)
	case !smooth && !slices.Contains([]string{"random", "cyclic", "perm", "lipschitz", "gs-q", "mi"}, m.Select):
		return fmt.Errorf("bcd: select %s on a problem with a regularizer or set: want gs-q, mi, random, cyclic, perm or lipschitz", m.Select)
	}
	return nil
}

// Start validates options and oracles. Any Smooth f will do; a [Tracker] makes it cheap,
// and what needs constants, bounds or blocks of the Hessian says so.
func (m BCD) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	n := len(x0)
	h, err := prox.Coordinates(p.Regularizer, n)
	if err != nil {
		return nil, fmt.Errorf("bcd: %w", err)
	}
	s := &bcdRun{p: p, h: h, smooth: p.Regularizer == nil, n: n, cost: 1, X: slices.Clone(x0), Stream: rng.New(m.Seed, "bcd"), moved: func([]int) {}}
	if o, ok := p.Objective.(descent.CoordinateLipschitz); ok {
		s.l = make([]float64, n)
		o.CoordinateLipschitz(s.l)
		for i, v := range s.l {
			if !(v >= 0) {
				return nil, fmt.Errorf("bcd: problem %s bounds its curvature along x[%d] by %v: want a number >= 0; does its data hold NaN?", p.Name, i, v)
			}
		}
	}
	m = m.withDefaults(s.smooth, s.knows())
	if err := m.check(n, s.smooth); err != nil {
		return nil, err
	}
	if o, ok := p.Objective.(Tracker); ok {
		s.f = o
		if o, ok := p.Objective.(descent.FiniteSum); ok {
			s.cost = float64(o.Terms())
		}
	} else {
		if _, err := descent.Require[descent.Smooth](p); err != nil {
			return nil, err
		}
		s.f, s.cost = newPlainTracker(p, s.X), 0 // it counts itself
	}
	s.refresh, s.W = m.Refresh, make([]float64, s.f.StateLen())
	s.feasible()
	switch { // the constants that the pieces need
	case s.knows():
	case slices.Contains([]string{"sort", "avg"}, m.Partition), slices.Contains([]string{"lipschitz", "gsl", "gsd", "gsq-d", "gs-q"}, m.Select),
		m.Update == "lb", m.Update == "pg", m.Update == "tmp", s.l != nil && (m.Select == "gsq" || m.Update == "hb" || m.Update == "pn"):
		if _, err := descent.Require[descent.CoordinateLipschitz](p); err != nil {
			return nil, fmt.Errorf("bcd: partition %s, select %s, update %s: %w", m.Partition, m.Select, m.Update, err)
		}
		return nil, fmt.Errorf("bcd: problem %s has no finite bound on its curvature along some coordinate: want partition order, select cyclic, random or gs, and update la or newton", p.Name)
	}
	if err := s.divide(m); err != nil {
		return nil, err
	}
	if err := s.chooseUpdate(m.Update); err != nil {
		return nil, err
	}
	if err := s.chooseSelection(m); err != nil {
		return nil, err
	}
	return s, nil
}

// divide makes the blocks.
func (s *bcdRun) divide(m BCD) (err error) {
	s.tau = cmp.Or(m.Block, min(5, s.n))
	switch m.Partition {
	case "variable":
	case "forest":
		s.tau = cmp.Or(m.Block, s.n)
		_, err = s.graph()
	default:
		s.blocks, err = s.partition(m)
		s.tau = 0
		for _, b := range s.blocks {
			s.tau = max(s.tau, len(b))
		}
	}
	s.bounds.cacheable = s.blocks != nil && float64(len(s.blocks))*math.Pow(float64(s.tau), 2) <= 1<<24
	return err
}
