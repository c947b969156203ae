package study

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/godescent/descent/linalg"
)

// exports are the data files that contestants read, in one folder that ends with the session.
type exports struct {
	mu    sync.Mutex
	dir   string
	files map[[2]uint64]string // by problem and seed
}

// of returns the file of a task's data.
func (e *exports) of(f *fitTask, problem int, seed uint64) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	key := [2]uint64{uint64(problem), seed}
	if path, ok := e.files[key]; ok {
		return path, nil
	}
	if e.dir == "" {
		dir, err := os.MkdirTemp("", "descent-study-")
		if err != nil {
			return "", err
		}
		e.dir, e.files = dir, map[[2]uint64]string{}
	}
	path := filepath.Join(e.dir, fmt.Sprintf("data-%d-%d.svm", problem, seed))
	if err := f.export(path); err != nil {
		return "", err
	}
	e.files[key] = path
	return path, nil
}

func (e *exports) remove() error {
	if e.dir == "" {
		return nil
	}
	return os.RemoveAll(e.dir)
}

// scales returns what the columns are multiplied by. Centers are left out: with an
// intercept they only move it.
func (f *fitTask) scales() []float64 {
	_, d := f.x.Dims()
	ones := make([]float64, f.model.Dim())
	for j := range d {
		ones[j] = 1
	}
	w, _ := f.model.Coefficients(ones)
	return w[0]
}

// export writes the rows, scaled as the penalties see them, in LIBSVM format with all digits.
func (f *fitTask) export(path string) (err error) {
	if f.model.DualWeights() != nil {
		return errors.New("contestants from outside take no sample weights")
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := bufio.NewWriterSize(file, 1<<20)
	scale := f.scales()
	var line []byte
	entry := func(j int, v float64) {
		if v *= scale[j]; v != 0 {
			line = append(strconv.AppendInt(append(line, ' '), int64(j)+1, 10), ':')
			line = strconv.AppendFloat(line, v, 'g', -1, 64)
		}
	}
	for i, y := range f.y {
		line = strconv.AppendFloat(line[:0], y, 'g', -1, 64)
		switch x := f.x.(type) {
		case *linalg.CSR:
			cols, values := x.Row(i)
			for k, j := range cols {
				v := 1.0
				if values != nil {
					v = values[k]
				}
				entry(int(j), v)
			}
		case *linalg.Dense:
			for j, v := range x.Row(i) {
				entry(j, v)
			}
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return out.Flush()
}

// outputs is the number of classes of a multinomial model, else 1.
func (f *fitTask) outputs() int {
	_, d := f.x.Dims()
	if f.Intercept {
		d++
	}
	return f.model.Dim() / d
}

// variables turns a contestant's coefficients into variables of the model.
func (f *fitTask) variables(x []float64) ([]float64, error) {
	dim := f.model.Dim()
	if len(x) != dim {
		return nil, fmt.Errorf("x has %d numbers: want %d (coefficients, then intercepts if there are any)", len(x), dim)
	}
	for i, v := range x {
		if v-v != 0 {
			return nil, fmt.Errorf("x[%d] is %v: want a finite number", i, v)
		}
	}
	_, d := f.x.Dims()
	scale := f.scales()
	k := f.outputs()
	w, b := make([][]float64, k), make([]float64, k)
	for o := range w {
		w[o] = make([]float64, d)
		for j := range d {
			w[o][j] = x[o*d+j] * scale[j]
		}
		if f.Intercept {
			b[o] = x[k*d+o]
		}
	}
	return f.model.Variables(w, b), nil
}
