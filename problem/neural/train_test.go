package neural_test

import (
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/problem/neural"
)

var (
	_ stochastic.Batches  = (*neural.Batches[float32])(nil)
	_ stochastic.Stateful = (*neural.Batches[float32])(nil)
)
