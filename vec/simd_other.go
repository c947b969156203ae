//go:build !amd64

package vec

func dot[T Float](x, y []T) T                          { return dotGo(x, y) }
func axpy[T Float](a T, x, y []T)                      { axpyGo(a, x, y) }
func scal[T Float](a T, x []T)                         { scalGo(a, x) }
func sum[T Float](x []T) T                             { return sumGo(x) }
func asum[T Float](x []T) T                            { return asumGo(x) }
func sparseDot[T Float](val []T, idx []int32, x []T) T { return sparseDotGo(val, idx, x) }
func sparseSum[T Float](idx []int32, x []T) T          { return sparseSumGo(idx, x) }

func csrMulVec(dst []float64, ptr []int, idx []int32, val, x []float64) {
	csrMulVecGo(dst, ptr, idx, val, x)
}

func csrMulVecT(y []float64, ptr []int, idx []int32, val, c []float64) {
	csrMulVecTGo(y, ptr, idx, val, c)
}

func softplusSigmoid(sp, sg, z []float64) { softplusSigmoidGo(sp, sg, z) }

func packPanel(b, a, x []float64, ld, n, cols int, c []float64) {
	packPanelGo(b, a, x, ld, n, cols, c)
}
func panelTiles(h []float64, ld int, a, b []float64, v int) { panelTilesGo(h, ld, a, b, v) }
func rowsMulVec(dst, a, x []float64)                        { rowsMulVecGo(dst, a, x) }
func rowsMulVecT(y, a []float64, ld int, c []float64)       { rowsMulVecTGo(y, a, ld, c) }
func csrGram(h []float64, ld int, ptr []int, idx []int32, val, c []float64) {
	csrGramGo(h, ld, ptr, idx, val, c)
}

func csrSquaresT(y []float64, ptr []int, idx []int32, val, c []float64) {
	csrSquaresTGo(y, ptr, idx, val, c)
}
func rowsSquaresT(y, a []float64, ld int, c []float64) { rowsSquaresTGo(y, a, ld, c) }

func sparseAxpy[T Float](a T, val []T, idx []int32, y []T) { sparseAxpyGo(a, val, idx, y) }
func sparseAdd[T Float](a T, idx []int32, y []T)           { sparseAddGo(a, idx, y) }

func axpyTo[T Float](dst []T, a T, x, y []T) { axpyToGo(dst, a, x, y) }
func nrmInf[T Float](x []T) T                { return nrmInfGo(x) }

func interleave(b []float64, x [][]float64, n int) { interleaveGo(b, x, n) }

func gemmTile[T Float]() (rows, cols int) { return gemmGoRows, gemmGoCols }

func gemmPanel[T Float](rows int, c []T, ldc int, a gemmTiles[T], b []T, ldb, m, n, k int, alpha T, keep bool, bias []T) {
	gemmPanelGo(rows, c, ldc, a, b, ldb, m, n, k, alpha, keep, bias)
}

func gemmTurned(n int) int { return 0 }

func gemmRow[T Float](c []T, a gemmTiles[T], b gemmOperand[T], n, k int, alpha T, keep bool) int {
	return 0
}

func gemmPackRows[T Float](dst, src []T, ld, width, n, k int) {
	gemmPackRowsGo(dst, src, ld, width, n, k)
}

func gemmTranspose[T Float](dst, src []T, ld, width, n, k int) {
	gemmTransposeGo(dst, src, ld, width, 0, n, k)
}

func expTo[T Float](dst, x []T)     { expGo(dst, x) }
func logTo[T Float](dst, x []T)     { logGo(dst, x) }
func tanhTo[T Float](dst, x []T)    { tanhGo(dst, x) }
func sigmoidTo[T Float](dst, x []T) { sigmoidGo(dst, x) }
func erfTo[T Float](dst, x []T)     { erfGo(dst, x) }

func axpby[T Float](c *[2]T, x, y []T)                     { axpbyGo(c, x, y) }
func momentumStep[T Float](c *Momentum[T], x, v, g []T)    { momentumStepGo(c, x, v, g) }
func nesterovStep[T Float](c *Momentum[T], x, v, g []T)    { nesterovStepGo(c, x, v, g) }
func momentStep[T Float](c *Moments[T], x, m, v, g []T)    { momentStepGo(c, x, m, v, g) }
func deviationStep[T Float](c *Moments[T], x, m, v, g []T) { deviationStepGo(c, x, m, v, g) }
func signStep[T Float](c *Signs[T], x, m, g []T)           { signStepGo(c, x, m, g) }
func clippedStep[T Float](c *Clipped[T], x, m, h, g []T)   { clippedStepGo(c, x, m, h, g) }
func geluTo[T Float](y, d, x []T)                          { geluGo(y, d, x) }

func fill[T Float](x []T, v T)      { fillGo(x, v) }
func mulTo[T Float](dst, x, y []T)  { mulToGo(dst, x, y) }
func mulAdd[T Float](dst, x, y []T) { mulAddGo(dst, x, y) }
func largest[T Float](x []T) T      { return largestGo(x) }

func shiftTo[T Float](dst, x []T, b, a T) { shiftToGo(dst, x, b, a) }

func reluTo[T Float](dst, x []T)  { reluToGo(dst, x) }
func maskZeros[T Float](g, y []T) { maskZerosGo(g, y) }

func copyRows[T Float](dst []T, ldd int, src []T, lds, n, rows int) {
	copyRowsGo(dst, ldd, src, lds, n, rows)
}

func addRows[T Float](dst []T, ldd int, src []T, lds, n, rows int) {
	addRowsGo(dst, ldd, src, lds, n, rows)
}

func gemmOuter[T Float](c []T, a T, b []T, keep bool) {
	if keep {
		axpyGo(a, b, c)
	} else {
		shiftToGo(c, b, 0, a)
	}
}

func maxPairs[T Float](y []T, index []int, x []T, w, base int) bool {
	return maxPairsGo(y, index, x, w, base)
}
