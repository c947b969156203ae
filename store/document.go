package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/godescent/descent"
	"github.com/godescent/descent/study"
)

// A number is a float64 in JSON; infinities and NaN are the strings "Infinity", "-Infinity" and "NaN".
type number float64

func (v number) MarshalJSON() ([]byte, error) {
	switch f := float64(v); {
	case math.IsNaN(f):
		return []byte(`"NaN"`), nil
	case math.IsInf(f, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(f, -1):
		return []byte(`"-Infinity"`), nil
	default:
		return strconv.AppendFloat(nil, f, 'g', -1, 64), nil
	}
}

func (v *number) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	*v = number(f)
	return err
}

// A document is a record without trace and tags, as JSON has it. Series are in it: they have a number an
// iteration, of runs whose iterations are long.
type document struct {
	study.Cell
	Started     time.Time         `json:"started,omitzero"`
	Machine     string            `json:"machine,omitempty"`
	Seconds     number            `json:"seconds"`
	Status      descent.Status    `json:"status"`
	Limit       string            `json:"limit,omitempty"`
	Error       string            `json:"error,omitempty"`
	Value       number            `json:"value"`
	Certificate certificate       `json:"certificate"`
	Iterations  int               `json:"iterations"`
	Counts      descent.Counts    `json:"counts"`
	Diagnosis   []string          `json:"diagnosis,omitempty"`
	Metrics     map[string]number `json:"metrics,omitempty"`
	Series      []series          `json:"series,omitempty"`
}

type series struct {
	Name   string   `json:"name"`
	Values []number `json:"values"`
}

type certificate struct {
	Kind      string `json:"kind"`
	Value     number `json:"value"`
	Tolerance number `json:"tolerance"`
}

func documentOf(r *study.Record) *document {
	d := &document{
		Cell: r.Cell, Started: timeOf(nanoseconds(r.Started)), Machine: r.Machine, Seconds: number(r.Seconds),
		Status: r.Status, Limit: r.Limit, Error: r.Error, Value: number(r.Value),
		Certificate: certificate{r.Certificate.Kind, number(r.Certificate.Value), number(r.Certificate.Tolerance)},
		Iterations:  r.Iterations, Counts: r.Counts, Diagnosis: r.Diagnosis,
	}
	for name, v := range r.Metrics {
		if d.Metrics == nil {
			d.Metrics = map[string]number{}
		}
		d.Metrics[name] = number(v)
	}
	for _, s := range r.Series {
		out := series{s.Name, make([]number, len(s.Values))}
		for i, v := range s.Values {
			out.Values[i] = number(v)
		}
		d.Series = append(d.Series, out)
	}
	return d
}

func (d *document) record() study.Record {
	r := study.Record{
		Cell: d.Cell, Started: d.Started, Machine: d.Machine, Seconds: float64(d.Seconds),
		Status: d.Status, Limit: d.Limit, Error: d.Error, Value: float64(d.Value),
		Certificate: descent.Certificate{Kind: d.Certificate.Kind, Value: float64(d.Certificate.Value), Tolerance: float64(d.Certificate.Tolerance)},
		Iterations:  d.Iterations, Counts: d.Counts, Diagnosis: d.Diagnosis,
	}
	for name, v := range d.Metrics {
		if r.Metrics == nil {
			r.Metrics = map[string]float64{}
		}
		r.Metrics[name] = float64(v)
	}
	for _, s := range d.Series {
		out := descent.Series{Name: s.Name, Values: make([]float64, len(s.Values))}
		for i, v := range s.Values {
			out.Values[i] = float64(v)
		}
		r.Series = append(r.Series, out)
	}
	return r
}

// A Run is a record in a store.
type Run struct {
	ID string // 32 hex digits: the SHA-256 of all but the tags
	study.Record
}

// MarshalJSON writes the run as one object: the ID, the key of its cell, all that the record has, and
// its trace if it has one. Infinities and NaN are strings.
func (r *Run) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ID  string `json:"id"`
		Key string `json:"key"`
		*document
		Tags  []string     `json:"tags"`
		Trace []tracePoint `json:"trace,omitempty"`
	}{r.ID, r.Key(), documentOf(&r.Record), append([]string{}, r.Tags...), tracePoints(r.Trace)})
}

type tracePoint struct {
	Iteration   int            `json:"iteration"`
	Seconds     number         `json:"seconds"`
	Value       number         `json:"value"`
	Certificate number         `json:"certificate"`
	Counts      descent.Counts `json:"counts"`
}

func tracePoints(trace []descent.TracePoint) []tracePoint {
	var out []tracePoint
	for _, p := range trace {
		out = append(out, tracePoint{p.Iteration, number(p.Seconds), number(p.Value), number(p.Certificate), p.Counts})
	}
	return out
}

// A body is the content of a run, in bytes.
type body struct {
	id       string
	document []byte // JSON
	trace    []byte // before compression
}

func encode(r *study.Record) (body, error) {
	if r.Verb == "" {
		return body{}, refuse("a record without a verb: want what was run, such as fit")
	}
	for _, tag := range r.Tags {
		if err := checkTag(tag); err != nil {
			return body{}, err
		}
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // formulas have < and >
	if err := enc.Encode(documentOf(r)); err != nil {
		return body{}, err
	}
	b := body{document: bytes.TrimSuffix(buf.Bytes(), []byte("\n")), trace: appendTrace(nil, r.Trace)}
	b.id = b.hash()
	return b, nil
}

// hash is the ID of the content.
func (b body) hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "%d\n", len(b.document))
	h.Write(b.document)
	h.Write(b.trace)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// decode is the way back. It refuses a body that is not what its ID says.
func (b body) decode() (*Run, error) {
	if b.hash() != b.id {
		return nil, &damage{b.id, "its content is not what was recorded"}
	}
	var d document
	if err := json.Unmarshal(b.document, &d); err != nil {
		return nil, fmt.Errorf("run %s: %w", b.id, err)
	}
	r := &Run{ID: b.id, Record: d.record()}
	var err error
	if r.Trace, err = readTrace(b.trace); err != nil {
		return nil, fmt.Errorf("run %s: %w", b.id, err)
	}
	return r, nil
}

// ErrDamaged is what errors wrap of runs that are not what was recorded.
var ErrDamaged = errors.New("damaged")

// A damage is the error of a damaged run.
type damage struct{ id, text string }

func (d *damage) Error() string        { return fmt.Sprintf("run %s is damaged: %s", d.id, d.text) }
func (d *damage) Is(target error) bool { return target == ErrDamaged }

// damaged are the IDs of damaged runs that were left out.
type damaged []string

// has reports whether the error of a run is a damage, and remembers it.
func (d *damaged) has(id string, err error) bool {
	is := errors.Is(err, ErrDamaged)
	if is {
		*d = append(*d, id)
	}
	return is
}

func (d damaged) err() error {
	if len(d) == 0 {
		return nil
	}
	return fmt.Errorf("%w runs were left out, %d: %s", ErrDamaged, len(d), strings.Join(d, ", "))
}

// checkTag keeps tags to one word, so that lists of them can be read.
func checkTag(tag string) error {
	if tag == "" || len(tag) > 100 || !utf8Printable(tag) || strings.ContainsAny(tag, " ,") {
		return refuse("tag %q: want a word of at most 100 bytes without blanks and commas", tag)
	}
	return nil
}

func utf8Printable(s string) bool {
	return !slices.ContainsFunc([]rune(s), func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) })
}

// text makes s fit for a column: PostgreSQL takes neither zero bytes nor what is not UTF-8. The
// document has it as it was.
func text(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\uFFFD"), "\uFFFD")
}
