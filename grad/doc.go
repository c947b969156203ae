// Package grad differentiates programs on dense tensors of float32 or float64: reverse mode
// for gradients, forward mode for tangents, and one over the other for products with
// Hessians and second derivatives in inputs. It is what the neural networks of the module
// are made of, and knows nothing about layers or models.
//
//	t := grad.NewTape[float32]()
//	for {                                                // a step
//		t.Reset()
//		clear(g)
//		x := t.Input(images, batch, 784)
//		w := t.Param(theta[:7840], g[:7840], 784, 10)
//		b := t.Param(theta[7840:], g[7840:], 10)
//		loss := grad.CrossEntropy(grad.Linear(x, w, b), labels)
//		if err := t.Backward(loss); err != nil { ... }   // adds to g
//	}
//
// Operations compute at once and are recorded. Parameters are views on the caller's memory,
// usually parts of one flat vector, and gradients are added to the caller's memory, usually
// parts of another. So any method of the module acts on a model as on any x.
//
// # Memory
//
// A Tape owns an arena from which all tensors and adjoints come, and which Reset takes back.
// Adjoints live for one Backward. Steps of equal sizes allocate nothing from the third on.
// What operations are given besides tensors (labels, indices, constants, data) is not
// copied, unless they say so, and must not change before the last derivative is taken.
//
// # Failures
//
// Operations have no error results. The first that is given what does not fit (shapes, a
// label out of range, tensors of different tapes) makes its failure the tape's and returns a
// tensor which all others pass through. Backward returns the failure, with the place in the
// caller's file, the operation, the shapes and what would fit; Err has it for programs that do
// not differentiate. NaN and infinities are values like others.
//
// # Order of derivatives
//
// Each operation has two derivatives side by side in one file: vjp works on numbers, fused
// and in place, and jvp records tangents by operations of this package. As tangents are
// tensors on the tape, all that can be done to tensors can be done to them: Backward of a JVP
// is the product of the Hessian and a direction (reverse over forward), JVP of a JVP a second
// derivative in an input, Backward of that the gradient of a differential equation's residual.
// This needs neither a second version of each backward pass, as backward passes that record
// themselves do, nor a second kind of number. The price of a product with the Hessian is that
// of a forward pass with tangents and its backward pass: of a dense layer 8 matrix products
// where the gradient has 3, of a first layer, whose input has no derivative, 3 where it has 2.
// What is lost: a gradient is not itself a tensor. For the gradient of a function of a
// gradient g, take that of v'g with v = its derivative at g, held constant.
//
// # Determinism
//
// Parallel loops are divided by the shapes alone, so all results have the same bits for any
// number of linalg.Workers. Dropout draws from the tape's Rand.
package grad
