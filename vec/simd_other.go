//go:build !amd64

package vec

func dot[T Float](x, y []T) T                          { return dotGo(x, y) }
func axpy[T Float](a T, x, y []T)                      { axpyGo(a, x, y) }
func scal[T Float](a T, x []T)                         { scalGo(a, x) }
func sum[T Float](x []T) T                             { return sumGo(x) }
func asum[T Float](x []T) T                            { return asumGo(x) }
func sparseDot[T Float](val []T, idx []int32, x []T) T { return sparseDotGo(val, idx, x) }
func sparseSum[T Float](idx []int32, x []T) T          { return sparseSumGo(idx, x) }
