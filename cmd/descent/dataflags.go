package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/godescent/descent/data"
)

// dataFlags say which data set to read, and how. In JSON they are a part of a model
// file, so that predict and verify read data in the same way.
type dataFlags struct {
	Data        string   `json:"name"`
	Target      columns  `json:"target,omitempty"` // as given: names, numbers, or none for the format's own
	Labels      string   `json:"labels,omitempty"`
	Weights     string   `json:"weights,omitempty"`
	Drop        []string `json:"drop,omitempty"`
	Categorical bool     `json:"categorical,omitempty"`
	Header      string   `json:"header,omitempty"`
	Format      string   `json:"format,omitempty"`
	ZeroBased   bool     `json:"zero_based,omitempty"`
}

// columns are in JSON a string if there is one, else a list.
type columns []string

func (c columns) MarshalJSON() ([]byte, error) {
	if len(c) == 1 {
		return json.Marshal(c[0])
	}
	return json.Marshal([]string(c))
}

func (c *columns) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*c = columns{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(c))
}

func (f *dataFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.Data, "data", "", "`FILE` (LIBSVM, CSV, Matrix Market, NPY, NPZ, Parquet, IDX; may be compressed; or .dsc of data convert), - for standard input, or the name of an embedded set")
	f.registerReading(cmd)
	registerDataCompletion(cmd)
}

// registerReading registers all flags but that of the data itself.
func (f *dataFlags) registerReading(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringSliceVar((*[]string)(&f.Target), "target", nil, "target `column`, by name or number from 1; several, separated by commas, for linear (default: the format's own, the last column of tables)")
	fs.StringVar(&f.Labels, "labels", "", "`file` whose single column is the target")
	fs.StringVar(&f.Weights, "weights", "", "`column` of sample weights")
	fs.StringSliceVar(&f.Drop, "drop", nil, "`columns` to leave out, separated by commas")
	fs.BoolVar(&f.Categorical, "categorical", false, "turn text columns into one 0/1 column per level")
	fs.StringVar(&f.Header, "header", "", "`yes|no`: whether a table has a header line (default: by its looks)")
	fs.StringVar(&f.Format, "format", "", "`format` of the data (default: by content)")
	fs.BoolVar(&f.ZeroBased, "zero-based", false, "the indices of a LIBSVM file start at 0")
}

func registerDataCompletion(cmd *cobra.Command) {
	cmd.RegisterFlagCompletionFunc("data", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return dataNames(), cobra.ShellCompDirectiveDefault
	})
}

func (f *dataFlags) options(cols int) data.Options {
	opt := data.Options{
		Format: f.Format, Labels: f.Labels, Weights: f.Weights, Drop: f.Drop,
		Categorical: f.Categorical, Header: f.Header, Cols: cols, ZeroBased: f.ZeroBased,
	}
	if len(f.Target) == 1 {
		opt.Target = f.Target[0]
	} else {
		opt.Targets = f.Target
	}
	return opt
}

// load reads a set from a file, an embedded set or, for "-", stdin.
func load(name string, stdin io.Reader, opt data.Options) (*data.Set, error) {
	switch name {
	case "":
		return nil, errors.New("no data: want --data FILE, --data - for standard input, or the name of an embedded set (see `descent list data`)")
	case "-":
		return data.Read(stdin, "<stdin>", opt)
	}
	return data.Load(name, opt)
}

// loadForPrediction reads data for a model of d columns. The data may lack the
// target, the weights and the columns that training left out: the first reading that
// gives the features counts.
func (f dataFlags) loadForPrediction(stdin io.Reader, d int, targetGiven bool, fits func(*data.Set) bool) (*data.Set, error) {
	var text []byte
	if f.Data == "-" {
		var err error
		if text, err = io.ReadAll(stdin); err != nil {
			return nil, err
		}
	}
	bare := f
	bare.Weights, bare.Drop = "", nil
	readings := []dataFlags{f, bare}
	if !targetGiven {
		for _, g := range []dataFlags{f, bare} {
			g.Target, g.Labels = columns{"none"}, ""
			readings = append(readings, g)
		}
	}
	var other *data.Set
	var first error
	for _, g := range readings {
		s, err := load(g.Data, bytes.NewReader(text), g.options(d))
		switch {
		case err != nil:
			first = cmp.Or(first, err)
		case fits(s):
			return s, nil
		case other == nil:
			other = s
		}
	}
	if other != nil {
		return other, nil
	}
	return nil, first
}

func featureCount(s *data.Set) int {
	_, d := s.X.Dims()
	return d
}
