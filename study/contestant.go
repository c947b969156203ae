package study

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/godescent/descent"
)

// Protocol is what the request of a contestant from outside begins with.
const Protocol = "descent-contestant/1"

// A Request is the JSON file whose path is the last argument of a contestant's command.
//
// The contestant minimizes the mean loss + l1 |w|_1 + (l2/2) |w|^2 over w, and over an intercept b
// that is not penalized if there is one, on the rows of Data, and prints answers on its
// standard output, one JSON object a line: see [Answer]. It may print several, each
// better than the one before, and is stopped when one reaches the target. It has one thread:
// the variables that usual libraries read say so.
type Request struct {
	Protocol  string            `json:"protocol"`
	Model     string            `json:"model"` // as in Fit.Loss
	L1        float64           `json:"l1"`
	L2        float64           `json:"l2"`
	NonNeg    bool              `json:"nonneg"` // w >= 0
	Intercept bool              `json:"intercept"`
	Epsilon   float64           `json:"epsilon,omitempty"` // of huber
	Rows      int               `json:"rows"`
	Columns   int               `json:"columns"`
	Classes   int               `json:"classes,omitempty"` // of multinomial: labels 0, 1, ...
	Data      string            `json:"data"`              // a LIBSVM file, indices from 1; two classes are -1 and 1
	Seed      uint64            `json:"seed"`
	Target    Target            `json:"target"`
	Tolerance float64           `json:"tolerance"`         // on the certificate
	Seconds   float64           `json:"seconds,omitempty"` // of the solver, at most; 0 is no limit
	Options   map[string]string `json:"options,omitempty"` // of the arm
}

// An Answer is a line that a contestant prints. What X is worth is measured by the study, as for
// everybody; the seconds are the contestant's word, but not more than its process lived.
type Answer struct {
	X          []float64 `json:"x"`       // w, then b if there is an intercept; of several classes all w, then all b
	Seconds    float64   `json:"seconds"` // of the solver, without the start of the program and reading
	Iterations int       `json:"iterations"`
}

// contestantVersion is a hash of the command and of the files that it names, with the
// version that the user gave.
func contestantVersion(a *Arm) string {
	h := sha256.New()
	for _, arg := range a.Command {
		fmt.Fprintf(h, "%q", arg)
		if info, err := os.Stat(arg); err == nil && info.Mode().IsRegular() {
			if sum, err := hashFile(arg); err == nil {
				fmt.Fprint(h, sum)
			}
		}
	}
	v := hex.EncodeToString(h.Sum(nil))[:16]
	if a.Version != "" {
		v = a.Version + " " + v
	}
	return v
}

// optionCommand is the option of a contestant's cells that holds its command.
const optionCommand = "command"

// commandOptions are the options of a contestant's cells.
func commandOptions(a *Arm) map[string]string {
	return a.with(map[string]string{optionCommand: strings.Join(a.Command, " ")})
}

// outside reports whether a contestant from outside ran.
func outside(r *Record) bool {
	_, ok := r.Options[optionCommand]
	return ok
}

// oneThread are the variables that keep usual libraries to one thread.
var oneThread = []string{"OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", "NUMBA_NUM_THREADS=1", "VECLIB_MAXIMUM_THREADS=1", "GOMAXPROCS=1"}

// grace is how much longer than twice its limit a contestant may live, to start and to read.
const grace = time.Minute

// contest runs a contestant from outside.
func (s *session) contest(t *task, problem *Problem, arm *Arm, r *Record) error {
	in, err := problem.New(t.cell.Seed)
	if err != nil {
		return err
	}
	switch {
	case in.task == nil:
		return errors.New("a contestant from outside takes problems with data")
	case in.task.Loss == "hinge":
		return errors.New("hinge: only a dual point certifies an answer, and contestants from outside give none")
	}
	request, err := s.request(t, in, arm)
	if err != nil {
		return err
	}
	defer os.Remove(request)
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	if t.limits.Time > 0 {
		ctx, cancel = context.WithTimeout(ctx, 2*t.limits.Time+grace)
		defer cancel()
	}
	cmd := exec.CommandContext(ctx, arm.Command[0], append(slices.Clone(arm.Command[1:]), request)...)
	cmd.Env = append(os.Environ(), oneThread...)
	cmd.WaitDelay = time.Second
	killWithChildren(cmd)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, answers := io.Pipe()
	cmd.Stdout = answers
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		err := cmd.Wait() // not for programs that it started and left behind
		answers.Close()
		ended <- err
	}()
	w := &witness{in: in, task: t, started: started, r: r}
	heard := w.listen(out)
	if heard != nil || w.reached() {
		cancel() // it may go on for nothing
	}
	out.Close()
	failed := <-ended
	switch {
	case s.ctx.Err() != nil:
		r.Status = descent.Cancelled
		return nil
	case heard != nil:
		return heard
	case w.reached():
	case ctx.Err() != nil:
		return fmt.Errorf("%s did not end within %v", arm.Command[0], 2*t.limits.Time+grace)
	case failed != nil:
		return fmt.Errorf("%s: %w%s", arm.Command[0], failed, lastLine(complaint.Bytes()))
	case len(r.Trace) < 2:
		return fmt.Errorf("%s printed no answer%s", arm.Command[0], lastLine(complaint.Bytes()))
	}
	w.finish()
	r.measure(in)
	return nil
}

func lastLine(b []byte) string {
	text := strings.TrimSpace(string(b))
	if text == "" {
		return ""
	}
	return ": " + text[strings.LastIndexByte(text, '\n')+1:]
}

// request writes the file of a request.
func (s *session) request(t *task, in *Instance, arm *Arm) (string, error) {
	seed := uint64(0)
	if s.study.Problems[t.problem].Varies {
		seed = t.cell.Seed
	}
	data, err := s.files.of(in.task, t.problem, seed)
	if err != nil {
		return "", err
	}
	f := in.task
	n, d := f.x.Dims()
	q := Request{
		Protocol: Protocol, Model: f.Loss, L1: f.L1, L2: f.L2, NonNeg: f.NonNeg, Intercept: f.Intercept, Epsilon: f.Epsilon, Rows: n, Columns: d,
		Data: data, Seed: t.cell.Seed, Target: s.study.Target, Tolerance: t.limits.Tolerance, Seconds: t.limits.Time.Seconds(), Options: arm.Options,
	}
	if f.Loss == "multinomial" {
		q.Classes = f.outputs()
	}
	b, err := json.MarshalIndent(q, "", "  ")
	if err != nil {
		return "", err
	}
	file := filepath.Join(filepath.Dir(data), "request-"+t.cell.Key()[:16]+".json")
	return file, os.WriteFile(file, b, 0o600)
}

// witness listens to a contestant and measures what it says.
type witness struct {
	in      *Instance
	task    *task
	started time.Time
	r       *Record
}

// listen reads answers until one reaches the target.
func (w *witness) listen(out io.Reader) error {
	if err := w.add(w.in.X0, Answer{}); err != nil {
		return err
	}
	lines := bufio.NewReaderSize(out, 1<<16)
	for n := 1; !w.reached(); n++ {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) == 0 && err != nil {
			return nil
		}
		var a Answer
		d := json.NewDecoder(bytes.NewReader(line))
		if err := d.Decode(&a); err != nil {
			return fmt.Errorf("line %d of the contestant is no answer (%v): want {\"x\": [...], \"seconds\": s, \"iterations\": k}, not %.80q", n, err, line)
		}
		if life := time.Since(w.started).Seconds(); !(a.Seconds >= 0) || a.Seconds > life {
			return fmt.Errorf("line %d of the contestant: %v seconds: want a number from 0 to the %.3g s that its process has lived", n, a.Seconds, life)
		}
		x, err := w.in.task.variables(a.X)
		if err != nil {
			return fmt.Errorf("line %d of the contestant: %w", n, err)
		}
		if err := w.add(x, a); err != nil {
			return err
		}
	}
	return nil
}

// add measures value and certificate at x.
func (w *witness) add(x []float64, a Answer) error {
	value, c, err := descent.Certify(w.in.Problem, x, nil, w.task.limits.Tolerance)
	if err != nil {
		return err
	}
	r := w.r
	r.Value, r.Certificate, r.Seconds, r.Iterations = value, c, a.Seconds, a.Iterations
	r.Trace = append(r.Trace, descent.TracePoint{Iteration: a.Iterations, Seconds: a.Seconds, Value: value, Certificate: c.Value})
	return nil
}

func (w *witness) reached() bool { return len(w.r.Trace) > 1 && w.r.Certificate.Holds() }

func (w *witness) finish() {
	switch l := w.task.limits.Time; {
	case w.r.Certificate.Holds():
		w.r.Status = descent.Converged
	case l > 0 && w.r.Seconds >= l.Seconds():
		w.r.Status, w.r.Limit = descent.Limit, l.String()
	default:
		w.r.Status, w.r.Diagnosis = descent.Stalled, []string{"the contestant ended with " + w.r.Certificate.String()}
	}
}
