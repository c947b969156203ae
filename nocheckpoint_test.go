package descent_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/godescent/descent"
)

// NoCheckpoint leaves out the checkpoint and changes nothing else.
func TestNoCheckpoint(t *testing.T) {
	run := func(opt descent.Options) *descent.Result {
		r, err := descent.Solve(context.Background(), newBowl(), steepest{0.1}, []float64{1, 1}, opt)
		if err != nil {
			t.Fatal(err)
		}
		r.Seconds = 0
		for i := range r.Trace {
			r.Trace[i].Seconds = 0
		}
		return r
	}
	with, without := run(descent.Options{}), run(descent.Options{NoCheckpoint: true})
	if with.Checkpoint == nil || without.Checkpoint != nil {
		t.Fatalf("%d bytes of checkpoint with it, %d without", len(with.Checkpoint), len(without.Checkpoint))
	}
	with.Checkpoint = nil
	if !reflect.DeepEqual(with, without) {
		t.Errorf("with %+v, without %+v", with, without)
	}
	file := t.TempDir() + "/run.ck"
	if r := run(descent.Options{NoCheckpoint: true, CheckpointFile: file}); r.Checkpoint == nil {
		t.Error("no checkpoint for a file")
	}
}
