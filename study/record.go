// Package study compares methods on problems: cells of method, problem, data, seed and limits,
// what came of each, and the statistics that turn many into a verdict.
package study

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/godescent/descent"
)

// A Cell says what was or is to be run. Equal cells give equal answers, up to what a clock
// decides, so a cell is never run twice.
type Cell struct {
	Verb    string            `json:"verb"`    // fit, minimize, train, claim ...
	Problem string            `json:"problem"` // as the user would name it: "logistic l1=0.01", "rosenbrock n=10"
	Data    string            `json:"data,omitempty"`
	SHA256  string            `json:"sha256,omitempty"` // of the data
	Method  string            `json:"method"`           // ID in the catalog, or the name of a contestant from outside
	Options map[string]string `json:"options,omitempty"`
	Seed    uint64            `json:"seed"`
	Limits  map[string]string `json:"limits,omitempty"` // tolerance, iterations, evaluations, seconds
	Version string            `json:"version"`          // of the code
}

// Key returns the address of a cell by its content: 64 hex digits.
func (c Cell) Key() string {
	b, err := json.Marshal(c) // maps are written in the order of their keys
	if err != nil {
		panic(err) // strings and numbers only
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// A Record is a finished cell.
type Record struct {
	Cell
	Started     time.Time
	Machine     string // processor and number of cores
	Seconds     float64
	Status      descent.Status
	Limit       string // which limit, if Status is descent.Limit
	Error       string // of a cell that could not run; "" else
	Value       float64
	Certificate descent.Certificate
	Iterations  int
	Counts      descent.Counts
	Diagnosis   []string
	Metrics     map[string]float64 // accuracy, say
	Trace       []descent.TracePoint
	Series      []descent.Series // numbers for each iteration, of runs that record some
	Tags        []string
}
