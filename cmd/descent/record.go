package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/godescent/descent"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/store"
	"github.com/godescent/descent/study"
)

// recordFlags keep runs in the store. A verb calls open before its work, keep with a record after
// it, and close.
type recordFlags struct {
	record bool
	place  string
	asked  bool // by a flag, so that a failure is the verb's own; else it is only said
	stderr io.Writer
	store  *store.Store
}

// register registers the flags. A verb whose runs are kept unless --record=false says so has on.
func (f *recordFlags) register(cmd *cobra.Command, on bool) {
	cmd.Flags().BoolVar(&f.record, "record", on, "keep the run in the store (see descent runs)")
	registerStore(cmd.Flags(), &f.place)
}

func registerStore(fs *pflag.FlagSet, place *string) {
	fs.StringVar(place, "store", "", "where runs are kept: a `PLACE` that is a file or a URL postgres://... (default: $"+store.Variable+", or runs.db in the folder for data)")
}

// open opens the store if runs are to be kept, so that a place that will not do costs no work.
func (f *recordFlags) open(cmd *cobra.Command) error {
	f.stderr = cmd.ErrOrStderr()
	f.asked = f.place != "" || cmd.Flags().Changed("record")
	if !f.record {
		if f.place != "" {
			return errors.New("--store goes with --record")
		}
		return nil
	}
	place, err := storePlace(f.place)
	if err == nil {
		f.store, err = store.OpenOrCreate(cmd.Context(), place)
	}
	return f.failure(err)
}

// failure is an error of the store for the verb, if its runs were asked to be kept; else it is printed.
func (f *recordFlags) failure(err error) error {
	err = storeError(err)
	if err != nil && !f.asked {
		fmt.Fprintf(f.stderr, "descent: not recorded: %v\n", err)
		return nil
	}
	return err
}

func (f *recordFlags) close() {
	if f.store != nil {
		f.store.Close()
	}
}

// keep records a run, if runs are to be kept, and returns its ID. The error is not that of the run,
// whose answer is to be printed all the same.
func (f *recordFlags) keep(r *study.Record) (id string, err error) {
	if f.store == nil {
		return "", nil
	}
	if err := f.store.Add(r); err != nil {
		return "", f.failure(err)
	}
	return store.ID(r)
}

// storePlace is where the store is, if --store is place.
func storePlace(place string) (string, error) {
	if place != "" {
		return place, nil
	}
	return store.DefaultPlace()
}

// storeError says whose an error is: the user's, or that of the database or the disk.
func storeError(err error) error {
	if err == nil {
		return nil
	}
	text := errors.New(strings.TrimPrefix(err.Error(), "store: "))
	if errors.Is(err, store.ErrInput) || errors.Is(err, fs.ErrNotExist) {
		return text
	}
	return failed(text)
}

// printRecorded says where a run is kept.
func printRecorded(w io.Writer, a answer) {
	if a.Run != "" {
		row(w, "recorded", "%s (see descent runs show %s)", shortID(a.Run), shortID(a.Run))
	}
}

// shortID is enough of an ID to tell it from others.
func shortID(id string) string { return id[:8] }

// recordOf begins the record of a run: all that its answer and the flags of its method say.
func (f *solveFlags) recordOf(verb string, a answer, started time.Time, trace []descent.TracePoint) *study.Record {
	return &study.Record{
		Cell: study.Cell{
			Verb: verb, Problem: a.Problem, Method: a.Method, Options: a.Options, Seed: f.seed, Limits: f.limits(), Version: study.Version(),
		},
		Started: started, Machine: machine(), Seconds: a.Seconds, Status: a.Status, Limit: a.Limit, Value: float64(a.Value),
		Certificate: descent.Certificate{Kind: a.Certificate.Kind, Value: float64(a.Certificate.Value), Tolerance: float64(a.Certificate.Tolerance)},
		Iterations:  a.Iterations, Counts: a.Counts, Diagnosis: a.Diagnosis, Trace: trace,
	}
}

func (f *solveFlags) limits() map[string]string {
	out := map[string]string{"tolerance": fmt.Sprintf("%g", f.tol), "iterations": fmt.Sprint(f.maxIter)}
	if f.maxEvals > 0 {
		out["evaluations"] = fmt.Sprint(f.maxEvals)
	}
	if f.maxTime > 0 {
		out["seconds"] = fmt.Sprintf("%g", f.maxTime.Seconds())
	}
	return out
}

// notProblem are the flags that say nothing about what is minimized: the method, the limits and the
// seed have fields of their own in a record, the others change no answer.
var notProblem = []string{
	"method", "opt", "tol", "max-iter", "max-evals", "max-time", "seed", "checkpoint", "checkpoint-every", "resume",
	"plot", "json", "x", "record", "store", "workers", "save", "data",
}

// problemText is a problem as the user named it: its name, and the flags that were set for it but
// for some that the name has in it, as in "logistic l2=0.01 scale=std".
func problemText(cmd *cobra.Command, name string, but ...string) string {
	words := []string{name}
	cmd.Flags().Visit(func(f *pflag.Flag) { // by name
		if slices.Contains(notProblem, f.Name) || slices.Contains(but, f.Name) {
			return
		}
		value := f.Value.String()
		if list, ok := f.Value.(pflag.SliceValue); ok {
			value = strings.Join(list.GetSlice(), ",")
		}
		words = append(words, f.Name+"="+value)
	})
	return strings.Join(words, " ")
}

// describe completes a record with what was fitted.
func (f *fitFlags) describe(cmd *cobra.Command, r *study.Record, loss string, set *data.Set) {
	r.Problem = problemText(cmd, loss)
	r.Data, r.SHA256 = set.Name, set.SHA256
	if f.path > 0 { // whose answer has the name of the method alone
		for _, o := range f.opts {
			if r.Options == nil {
				r.Options = map[string]string{}
			}
			key, value, _ := strings.Cut(o, "=")
			r.Options[key] = value
		}
	}
}

// training is the metrics of a fit on its own data.
func training(metrics []metric) map[string]float64 {
	out := map[string]float64{}
	for _, m := range metrics {
		out["training "+m.Name] = float64(m.Value)
	}
	return out
}

// machine is the processor, where the system says it, and the number of threads that it runs at once.
func machine() string { return study.Machine() }
