package grad

import "github.com/godescent/descent/vec"

type examples[T vec.Float] struct{ on bool }

func (e *examples[T]) visit(*Tensor[T]) bool { return false }
