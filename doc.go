// Package descent finds the x that minimizes f and proves how good its answer is.
//
// An [Objective] says what to minimize and, through small optional interfaces
// (oracles), what else it can answer: gradients, Hessian-vector products, single
// terms of a sum. A [Problem] adds a regularizer or a set, and counts every oracle
// call. A [Method] holds options; the [Run] that it starts is a plain loop over
// iterates. [Solve] drives any run on any problem: it alone knows limits, the
// context, checkpoints and the trace, and it measures the [Certificate] at the
// returned x. Only a certificate within tolerance makes the status [Converged].
//
// Methods live in method/<family>, problems in problem/<family>, and the table
// that ties names to both in catalog.
package descent
