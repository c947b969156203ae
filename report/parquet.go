package report

import (
	"io"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/godescent/descent/study"
)

// A cellRow is a cell of a study in a Parquet file.
type cellRow struct {
	Problem          string            `parquet:"problem,dict"`
	Data             string            `parquet:"data,dict"`
	SHA256           string            `parquet:"sha256,dict"`
	Method           string            `parquet:"method,dict"` // as the study names it
	ID               string            `parquet:"id,dict"`     // in the catalog, or the name of a contestant
	Options          map[string]string `parquet:"options"`
	Seed             uint64            `parquet:"seed"`
	Limits           map[string]string `parquet:"limits"`
	Version          string            `parquet:"version,dict"`
	Machine          string            `parquet:"machine,dict"`
	Started          time.Time         `parquet:"started,timestamp(microsecond)"`
	Status           string            `parquet:"status,dict"`
	Limit            string            `parquet:"limit,dict"`
	Error            string            `parquet:"error,dict"`
	Reached          bool              `parquet:"reached"`
	Measure          string            `parquet:"measure,dict"`
	Cost             float64           `parquet:"cost"` // of reaching the target, or of the whole run, in the measure
	Seconds          float64           `parquet:"seconds"`
	Iterations       int64             `parquet:"iterations"`
	Values           int64             `parquet:"values"`
	Gradients        int64             `parquet:"gradients"`
	HessVecs         int64             `parquet:"hess_vecs"`
	Hessians         int64             `parquet:"hessians"`
	Terms            int64             `parquet:"terms"`
	Proxes           int64             `parquet:"proxes"`
	Coordinates      int64             `parquet:"coordinates"`
	Targets          int64             `parquet:"targets"`
	Value            float64           `parquet:"value"`
	CertificateKind  string            `parquet:"certificate_kind,dict"`
	CertificateValue float64           `parquet:"certificate"`
	Tolerance        float64           `parquet:"tolerance"`
	Diagnosis        []string          `parquet:"diagnosis,list"`
	Key              string            `parquet:"key"`
	Trace            []traceRow        `parquet:"trace,list"`
}

// A traceRow is a point of a trace.
type traceRow struct {
	Iteration   int64   `parquet:"iteration"`
	Seconds     float64 `parquet:"seconds"`
	Cost        float64 `parquet:"cost"` // in the study's measure
	Value       float64 `parquet:"value"`
	Certificate float64 `parquet:"certificate"`
}

// WriteParquet writes a row for each cell, with its trace as a list, compressed by Zstandard.
func (c Comparison) WriteParquet(w io.Writer) error {
	out := parquet.NewGenericWriter[cellRow](w, parquet.Compression(&parquet.Zstd))
	m := c.Summary.Study.Measure
	for _, cell := range c.Results.Cells() {
		if _, err := out.Write([]cellRow{cellRowOf(cell, m)}); err != nil {
			return err
		}
	}
	return out.Close()
}

func cellRowOf(cell study.Outcome, m study.Measure) cellRow {
	r := cell.Record
	n := r.Counts
	row := cellRow{
		Problem: r.Problem, Data: r.Data, SHA256: r.SHA256, Method: cell.Arm, ID: r.Method, Options: r.Options, Seed: r.Seed, Limits: r.Limits, Version: r.Version, Machine: r.Machine,
		Started: r.Started, Status: string(r.Status), Limit: r.Limit, Error: r.Error, Reached: cell.Reached, Measure: string(m), Cost: cell.Cost, Seconds: r.Seconds, Iterations: int64(r.Iterations),
		Values: int64(n.Value), Gradients: int64(n.Gradient), HessVecs: int64(n.HessVec), Hessians: int64(n.Hessian), Terms: int64(n.Term), Proxes: int64(n.Prox), Coordinates: int64(n.Coordinate), Targets: int64(n.Target),
		Value: r.Value, CertificateKind: r.Certificate.Kind, CertificateValue: r.Certificate.Value, Tolerance: r.Certificate.Tolerance, Diagnosis: r.Diagnosis, Key: r.Key(),
	}
	for _, t := range r.Trace {
		row.Trace = append(row.Trace, traceRow{int64(t.Iteration), t.Seconds, m.At(r, t), t.Value, t.Certificate})
	}
	return row
}
