package store

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/godescent/descent/internal/checkpoint"
)

// An Exporter writes runs in the format of another program.
type Exporter interface {
	// Export writes a run.
	Export(r *Run) error
	// Close ends the output.
	Close() error
}

// Export hands the runs that a filter chooses to an exporter, the oldest first, and returns how many it
// took. It does not close the exporter. Damaged runs are left out: the error at the end, which wraps
// [ErrDamaged], names them. progress, if not nil, sees how many are done.
func (s *Store) Export(ctx context.Context, f Filter, e Exporter, progress func(done, total int)) (int, error) {
	list, err := s.List(ctx, f)
	if err != nil {
		return 0, err
	}
	slices.Reverse(list)
	var lost damaged
	taken := 0
	for done, summary := range list {
		if err := ctx.Err(); err != nil {
			return taken, err
		}
		r, err := s.Get(ctx, summary.ID)
		if !lost.has(summary.ID, err) {
			if err == nil {
				err = e.Export(r)
			}
			if err != nil {
				return taken, err
			}
			taken++
		}
		if progress != nil {
			progress(done+1, len(list))
		}
	}
	return taken, s.wrap(lost.err())
}

// jsonLines writes a run as Run.MarshalJSON does, a line for each.
type jsonLines struct{ enc *json.Encoder }

// NewJSONL writes JSON lines: an object for each run, with all that is known about it.
func NewJSONL(w io.Writer) Exporter {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return jsonLines{enc}
}

func (e jsonLines) Export(r *Run) error { return e.enc.Encode(r) }
func (e jsonLines) Close() error        { return nil }

// csvHeader are the columns of a table of runs.
var csvHeader = []string{
	"id", "key", "verb", "problem", "data", "sha256", "method", "options", "seed", "limits", "version", "started", "machine", "seconds", "status", "limit", "error",
	"value", "certificate_kind", "certificate", "tolerance", "iterations", "values", "gradients", "hess_vecs", "hessians", "terms", "proxes", "coordinates", "targets", "metrics", "tags",
}

type csvTable struct {
	w     *csv.Writer
	begun bool
}

// NewCSV writes a table with a header and a line for each run, without traces. Options, limits and
// metrics are in one column each, as "a=1; b=2".
func NewCSV(w io.Writer) Exporter { return &csvTable{w: csv.NewWriter(w)} }

func (e *csvTable) header() error {
	if e.begun {
		return nil
	}
	e.begun = true
	return e.w.Write(csvHeader)
}

func (e *csvTable) Export(r *Run) error {
	if err := e.header(); err != nil {
		return err
	}
	started := ""
	if !r.Started.IsZero() {
		started = r.Started.UTC().Format(time.RFC3339Nano)
	}
	c := r.Counts
	return e.w.Write([]string{
		r.ID, r.Key(), r.Verb, r.Problem, r.Data, r.SHA256, r.Method, pairs(r.Options), strconv.FormatUint(r.Seed, 10), pairs(r.Limits), r.Version, started, r.Machine, float(r.Seconds),
		string(r.Status), r.Limit, r.Error, float(r.Value), r.Certificate.Kind, float(r.Certificate.Value), float(r.Certificate.Tolerance), strconv.Itoa(r.Iterations),
		strconv.Itoa(c.Value), strconv.Itoa(c.Gradient), strconv.Itoa(c.HessVec), strconv.Itoa(c.Hessian), strconv.Itoa(c.Term), strconv.Itoa(c.Prox), strconv.Itoa(c.Coordinate), strconv.Itoa(c.Target),
		pairs(floatTexts(r.Metrics)), strings.Join(r.Tags, " "),
	})
}

func (e *csvTable) Close() error {
	if err := e.header(); err != nil {
		return err
	}
	e.w.Flush()
	return e.w.Error()
}

// float is the shortest text that reads back to the same bits.
func float(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func floatTexts(m map[string]float64) map[string]string {
	out := map[string]string{}
	for name, v := range m {
		out[name] = float(v)
	}
	return out
}

// pairs writes a map in the order of its keys.
func pairs(m map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, k+"="+m[k])
	}
	return strings.Join(out, "; ")
}

// experiment is what runs of the same task have in common.
func experiment(r *Run) string {
	name := strings.TrimSpace(r.Verb + " " + r.Problem)
	if r.Data != "" {
		name += " on " + r.Data
	}
	return name
}

// runName tells the runs of an experiment apart.
func runName(r *Run) string {
	method := r.Method
	if method == "" {
		method = r.Verb
	}
	if runes := []rune(method); len(runes) > 48 { // the ID must fit into the name of a file
		method = string(runes[:48])
	}
	return fmt.Sprintf("%s-%s", method, r.ID[:8])
}

// publish writes a file that all may read and that appears when it is complete.
func publish(name string, b []byte) error {
	if err := checkpoint.WriteFile(name, b); err != nil {
		return err
	}
	return os.Chmod(name, 0o644)
}

// fileName makes a name for a file or folder of s that all systems and the programs that read it
// accept.
func fileName(s string) string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-. ", r) {
			return r
		}
		return '_'
	}, strings.ToValidUTF8(s, "_"))
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[:60])
	}
	if name = strings.Trim(name, " ."); name == "" {
		return "_"
	}
	return name
}
