package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/godescent/descent"
	"github.com/godescent/descent/study"
)

// barSteps is the resolution of a progress bar.
const barSteps = 1000

// A bar shows the progress of a run with an estimate of the time left.
type bar struct {
	pb   *progressbar.ProgressBar
	last time.Time
}

// newBar returns nil, which shows nothing, unless w is a terminal.
func newBar(w io.Writer) *bar {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return newBarOn(w)
}

func newBarOn(w io.Writer) *bar {
	return &bar{pb: progressbar.NewOptions(barSteps,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetWidth(24),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(),
	)}
}

func (b *bar) show(p descent.Progress) {
	if time.Since(b.last) < 100*time.Millisecond {
		return
	}
	b.last = time.Now()
	// The last step is left to clear: it would end the bar.
	_ = b.pb.Set(min(barSteps-1, int(barSteps*p.Fraction)))
	b.pb.Describe(fmt.Sprintf("iteration %d  F %.6g  %s %.2g", p.Iteration, p.Value, p.Certificate.Kind, p.Certificate.Value))
}

// cells shows how far a study is.
func (b *bar) cells(p study.Progress) {
	if time.Since(b.last) < 100*time.Millisecond {
		return
	}
	b.last = time.Now()
	_ = b.pb.Set(min(barSteps-1, barSteps*p.Done/max(1, p.Total)))
	b.pb.Describe(fmt.Sprintf("%d of %d cells  %s on %s, seed %d", p.Done, p.Total, p.Cell.Method, cut(p.Cell.Problem, 30), p.Cell.Seed))
}

func (b *bar) clear() {
	if b != nil {
		_ = b.pb.Clear()
	}
}
