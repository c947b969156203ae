package nn

import (
	"fmt"
	"slices"

	"github.com/godescent/descent/vec"
)

// A Slot is a block that a [Builder] has given out. The zero Slot is none.
type Slot int

// A Builder makes a [Layout] while a model's constructor asks for blocks. In gives builders
// for parts of the model. The first mistake is kept and reported by Layout.
type Builder[T vec.Float] struct {
	prefix  string
	weights Init
	d       *draft
}

// A draft is what all builders of a model share.
type draft struct {
	layout Layout
	err    error
}

// NewBuilder returns a builder whose weights are drawn by [Kaiming].
func NewBuilder[T vec.Float]() *Builder[T] { return &Builder[T]{weights: Kaiming, d: &draft{}} }

// In returns a builder whose blocks get the names of b's with "name." before them.
func (b *Builder[T]) In(name string) *Builder[T] {
	c := *b
	c.prefix += name + "."
	return &c
}

// With returns a builder whose layers draw their weights by init; nil is as before.
func (b *Builder[T]) With(init Init) *Builder[T] {
	c := *b
	if init != nil {
		c.weights = init
	}
	return &c
}

// Weight adds a block of parameters drawn by the builder's initializer. Its shape is
// [out, in, ...]: the fans are the products of all axes but the first, or but the second.
func (b *Builder[T]) Weight(name string, shape ...int) Slot {
	return b.Param(name, b.weights, shape...)
}

// Param adds a block of parameters drawn by init.
func (b *Builder[T]) Param(name string, init Init, shape ...int) Slot {
	return b.add(&b.d.layout.Params, name, init, shape)
}

// State adds a block of numbers that are not trained.
func (b *Builder[T]) State(name string, init Init, shape ...int) Slot {
	return b.add(&b.d.layout.States, name, init, shape)
}

func (b *Builder[T]) add(blocks *[]Block, name string, init Init, shape []int) Slot {
	block := Block{Name: b.prefix + name, Shape: slices.Clone(shape), Offset: extent(*blocks), init: init, fanIn: 1, fanOut: 1}
	for _, d := range shape {
		if d < 1 {
			b.Fail("block %s of shape %v: want sizes of at least 1", block.Name, shape)
			return 0
		}
	}
	if length(shape) > maxParams {
		b.Fail("block %s of shape %v: want at most %d numbers", block.Name, shape, maxParams)
		return 0
	}
	if n := block.Len(); len(shape) > 1 {
		block.fanIn, block.fanOut = n/shape[0], n/shape[1]
	}
	if _, ok := b.d.layout.Block(block.Name); ok || name == "" {
		b.Fail("block %q: want a name that no other block has", block.Name)
		return 0
	}
	*blocks = append(*blocks, block)
	return Slot(len(*blocks))
}

// maxParams bounds a block, so that products of sizes do not overflow unseen.
const maxParams = 1 << 31

// Fail reports a mistake in the model's options, unless there is one already.
func (b *Builder[T]) Fail(format string, args ...any) {
	if b.d.err == nil {
		b.d.err = fmt.Errorf("nn: "+format, args...)
	}
}

// Layout returns what has been asked for, or the first mistake.
func (b *Builder[T]) Layout() (*Layout, error) {
	if b.d.err != nil {
		return nil, b.d.err
	}
	if len(b.d.layout.Params) == 0 {
		return nil, fmt.Errorf("nn: a model without parameters: want at least one block")
	}
	return &b.d.layout, nil
}
