//go:build !amd64

package vec

import "testing"

func paths(t *testing.T, f func(t *testing.T))      { f(t) }
func benchPaths(b *testing.B, f func(b *testing.B)) { b.Run("path=portable", f) }
func assembly() bool                                { return false }
