// Package linesearch has step lengths along a direction d as plain functions of
// phi(t) = f(x + t d). The caller evaluates f, so it owns the counting and the
// memory; no function here allocates.
package linesearch
