package study

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/godescent/descent"
)

// A number is a float64 in JSON, in the shortest form that reads back to the same bits. JSON
// has no infinities and no NaN: they are the strings "Infinity", "-Infinity" and "NaN".
type number float64

// MarshalJSON implements [json.Marshaler].
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

// UnmarshalJSON implements [json.Unmarshaler].
func (v *number) UnmarshalJSON(b []byte) error {
	switch s := string(b); s {
	case `"NaN"`:
		*v = number(math.NaN())
	case `"Infinity"`:
		*v = number(math.Inf(1))
	case `"-Infinity"`:
		*v = number(math.Inf(-1))
	default:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return fmt.Errorf("%s: want a number, \"Infinity\", \"-Infinity\" or \"NaN\"", s)
		}
		*v = number(f)
	}
	return nil
}

// recordJSON is a record in JSON.
type recordJSON struct {
	Cell
	Started     time.Time         `json:"started"`
	Machine     string            `json:"machine"`
	Seconds     number            `json:"seconds"`
	Status      descent.Status    `json:"status,omitempty"`
	Limit       string            `json:"limit,omitempty"`
	Error       string            `json:"error,omitempty"`
	Value       number            `json:"value"`
	Certificate certificateJSON   `json:"certificate"`
	Iterations  int               `json:"iterations"`
	Counts      descent.Counts    `json:"counts"`
	Diagnosis   []string          `json:"diagnosis,omitempty"`
	Metrics     map[string]number `json:"metrics,omitempty"`
	Trace       []pointJSON       `json:"trace,omitempty"`
	Series      []seriesJSON      `json:"series,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
}

type certificateJSON struct {
	Kind      string `json:"kind"`
	Value     number `json:"value"`
	Tolerance number `json:"tolerance"`
}

type seriesJSON struct {
	Name   string   `json:"name"`
	Values []number `json:"values"`
}

type pointJSON struct {
	Iteration   int            `json:"iteration"`
	Seconds     number         `json:"seconds"`
	Value       number         `json:"value"`
	Certificate number         `json:"certificate"`
	Counts      descent.Counts `json:"counts"`
}

// MarshalJSON writes the record with numbers that keep every bit, NaN and infinities as text.
func (r Record) MarshalJSON() ([]byte, error) {
	c := r.Certificate
	j := recordJSON{
		Cell: r.Cell, Started: r.Started, Machine: r.Machine, Seconds: number(r.Seconds), Status: r.Status, Limit: r.Limit, Error: r.Error,
		Value: number(r.Value), Certificate: certificateJSON{c.Kind, number(c.Value), number(c.Tolerance)},
		Iterations: r.Iterations, Counts: r.Counts, Diagnosis: r.Diagnosis, Tags: r.Tags,
	}
	if r.Metrics != nil {
		j.Metrics = make(map[string]number, len(r.Metrics))
		for k, v := range r.Metrics {
			j.Metrics[k] = number(v)
		}
	}
	for _, t := range r.Trace {
		j.Trace = append(j.Trace, pointJSON{t.Iteration, number(t.Seconds), number(t.Value), number(t.Certificate), t.Counts})
	}
	for _, q := range r.Series {
		values := make([]number, len(q.Values))
		for i, v := range q.Values {
			values[i] = number(v)
		}
		j.Series = append(j.Series, seriesJSON{q.Name, values})
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Record) UnmarshalJSON(b []byte) error {
	var j recordJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	c := j.Certificate
	*r = Record{
		Cell: j.Cell, Started: j.Started, Machine: j.Machine, Seconds: float64(j.Seconds), Status: j.Status, Limit: j.Limit, Error: j.Error,
		Value: float64(j.Value), Certificate: descent.Certificate{Kind: c.Kind, Value: float64(c.Value), Tolerance: float64(c.Tolerance)},
		Iterations: j.Iterations, Counts: j.Counts, Diagnosis: j.Diagnosis, Tags: j.Tags,
	}
	if j.Metrics != nil {
		r.Metrics = make(map[string]float64, len(j.Metrics))
		for k, v := range j.Metrics {
			r.Metrics[k] = float64(v)
		}
	}
	for _, t := range j.Trace {
		r.Trace = append(r.Trace, descent.TracePoint{Iteration: t.Iteration, Seconds: float64(t.Seconds), Value: float64(t.Value), Certificate: float64(t.Certificate), Counts: t.Counts})
	}
	for _, q := range j.Series {
		values := make([]float64, len(q.Values))
		for i, v := range q.Values {
			values[i] = float64(v)
		}
		r.Series = append(r.Series, descent.Series{Name: q.Name, Values: values})
	}
	return nil
}
