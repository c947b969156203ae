// Package quasinewton has methods that learn curvature from the changes of the
// gradient: limited-memory BFGS, without and with bounds on the variables.
package quasinewton
