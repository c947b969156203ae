package nn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// A Block is a named part of a flat vector: a row-major array.
type Block struct {
	Name   string
	Shape  []int
	Offset int // of its first number in the flat vector

	init          Init
	fanIn, fanOut int
}

// Len returns how many numbers the block has.
func (b *Block) Len() int { return length(b.Shape) }

func length(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// A Layout says what the numbers of a model's flat vectors are. It must not be changed, and
// may be shared by any number of passes.
type Layout struct {
	Params []Block // of the vector of parameters, in the order of their offsets
	States []Block // of the vector of what is not trained
}

// Dim returns the length of the vector of parameters.
func (l *Layout) Dim() int { return extent(l.Params) }

// StateDim returns the length of the vector of what is not trained; 0 for most models.
func (l *Layout) StateDim() int { return extent(l.States) }

func extent(blocks []Block) int {
	if len(blocks) == 0 {
		return 0
	}
	last := &blocks[len(blocks)-1]
	return last.Offset + last.Len()
}

// Block returns the block of that name among Params and States.
func (l *Layout) Block(name string) (b Block, ok bool) {
	for _, blocks := range [][]Block{l.Params, l.States} {
		if i := slices.IndexFunc(blocks, func(b Block) bool { return b.Name == name }); i >= 0 {
			return blocks[i], true
		}
	}
	return Block{}, false
}

// Layers divides the indices of the vector of parameters by layer: blocks whose names differ
// after the last dot only are together. It is a partition for block coordinate descent.
func (l *Layout) Layers() [][]int {
	var layers [][]int
	at := map[string]int{}
	for i := range l.Params {
		b := &l.Params[i]
		layer := b.Name[:max(0, strings.LastIndexByte(b.Name, '.'))]
		k, ok := at[layer]
		if !ok {
			k = len(layers)
			at[layer] = k
			layers = append(layers, nil)
		}
		for j := range b.Len() {
			layers[k] = append(layers[k], b.Offset+j)
		}
	}
	return layers
}

// Normalizations returns the parameters of layers that have states too: gains and biases of batch normalizations.
func (l *Layout) Normalizations() []Block {
	layer := func(b Block) string { return b.Name[:strings.LastIndexByte(b.Name, '.')+1] }
	var out []Block
	for _, b := range l.Params {
		if slices.ContainsFunc(l.States, func(s Block) bool { return layer(s) == layer(b) }) {
			out = append(out, b)
		}
	}
	return out
}

// View returns the numbers of the parameter block of that name in the flat vector x; a change
// of one is a change of the other.
func View[T vec.Float](l *Layout, x []T, name string) ([]T, error) {
	if len(x) != l.Dim() {
		return nil, fmt.Errorf("nn: vector of %d numbers: the layout has %d parameters", len(x), l.Dim())
	}
	for i := range l.Params {
		if b := &l.Params[i]; b.Name == name {
			return x[b.Offset : b.Offset+b.Len() : b.Offset+b.Len()], nil
		}
	}
	return nil, fmt.Errorf("nn: no parameter block %q: want one of %s", name, names(l.Params))
}

func names(blocks []Block) string {
	s := make([]string, len(blocks))
	for i := range blocks {
		s[i] = blocks[i].Name
	}
	if len(s) > 12 {
		s = append(s[:12:12], fmt.Sprintf("... (%d blocks)", len(blocks)))
	}
	return strings.Join(s, ", ")
}

// Start returns the initial vectors of parameters and state. Each block draws from a random
// stream of its own name under seed, so that another block more or less does not change it;
// both types get the same draws, rounded.
func Start[T vec.Float](l *Layout, seed uint64) (x, state []T) {
	return start[T](l.Params, seed), start[T](l.States, seed)
}

func start[T vec.Float](blocks []Block, seed uint64) []T {
	x := make([]T, extent(blocks))
	var draws []float64
	for i := range blocks {
		b := &blocks[i]
		n := b.Len()
		draws = slices.Grow(draws[:0], n)[:n]
		s := rng.New(seed, "nn."+b.Name)
		b.init(draws, b.fanIn, b.fanOut, &s)
		for j, v := range draws {
			x[b.Offset+j] = T(v)
		}
	}
	return x
}
