package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/godescent/descent"
)

// A num is a float64 in JSON, in the shortest form that reads back to the same bits.
// JSON has no infinities and no NaN: they are the strings "Infinity", "-Infinity"
// and "NaN".
type num float64

func (v num) MarshalJSON() ([]byte, error) {
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

func (v *num) UnmarshalJSON(b []byte) error {
	s := string(b)
	switch s {
	case `"NaN"`:
		*v = num(math.NaN())
		return nil
	case `"Infinity"`:
		*v = num(math.Inf(1))
		return nil
	case `"-Infinity"`:
		*v = num(math.Inf(-1))
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return fmt.Errorf("%s: want a number, \"Infinity\", \"-Infinity\" or \"NaN\"", s)
	}
	*v = num(f)
	return nil
}

func nums(x []float64) []num {
	out := make([]num, len(x))
	for i, v := range x {
		out[i] = num(v)
	}
	return out
}

func floats(x []num) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// A certificate in JSON.
type certificate struct {
	Kind      string `json:"kind"`
	Value     num    `json:"value"`
	Tolerance num    `json:"tolerance"`
}

func certificateOf(c descent.Certificate) certificate {
	return certificate{c.Kind, num(c.Value), num(c.Tolerance)}
}

// An answer is what the verbs that run a method print with --json: the stable part
// of every such object.
type answer struct {
	Problem     string            `json:"problem"`
	Method      string            `json:"method"`
	Why         string            `json:"method_reason,omitempty"` // with --method auto
	Options     map[string]string `json:"options,omitempty"`       // those that were set
	Status      descent.Status    `json:"status"`
	Limit       string            `json:"limit,omitempty"`
	Value       num               `json:"value"`
	Certificate certificate       `json:"certificate"`
	Iterations  int               `json:"iterations"`
	Counts      descent.Counts    `json:"counts"`
	Seconds     float64           `json:"seconds"`
	Diagnosis   []string          `json:"diagnosis"`
	Checkpoint  string            `json:"checkpoint,omitempty"` // the file, if one was asked for
	Run         string            `json:"run,omitempty"`        // the ID in the store, with --record
	X           []num             `json:"x,omitempty"`
}

// printJSON writes v as one JSON object, with a line for each of its keys.
func printJSON(w io.Writer, v any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return failed(err)
	}
	_, err := w.Write(linePerKey(buf.Bytes()))
	return failed(err)
}

// linePerKey breaks compact JSON after the keys of the outermost object.
func linePerKey(b []byte) []byte {
	var out bytes.Buffer
	depth, quoted := 0, false
	for i, c := range b {
		switch {
		case quoted:
			quoted = c != '"' || escaped(b[:i])
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				out.WriteByte('\n')
			}
		}
		out.WriteByte(c)
		if quoted {
			continue
		}
		switch {
		case depth == 1 && (c == ',' || c == '{' && i == 0):
			out.WriteString("\n  ")
		case c == ':' || c == ',':
			out.WriteByte(' ')
		}
	}
	return out.Bytes()
}

// escaped reports whether the byte after b is escaped by a backslash.
func escaped(b []byte) bool {
	n := 0
	for n < len(b) && b[len(b)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// row prints a line of the human output: a label, then text.
func row(w io.Writer, label, format string, args ...any) {
	fmt.Fprintf(w, "%-12s %s\n", label, fmt.Sprintf(format, args...))
}

// inWords says what a certificate means.
func inWords(c descent.Certificate) string {
	var s string
	switch c.Kind {
	case descent.GapCertificate:
		s = fmt.Sprintf("F is within %.2g (relative) of its minimum, by the duality gap", c.Value)
	case descent.GradientCertificate:
		s = fmt.Sprintf("no component of the gradient exceeds %.2g", c.Value)
	case descent.KKTCertificate:
		s = fmt.Sprintf("no component of the gradient, projected on the bounds, exceeds %.2g", c.Value)
	case descent.SubdiffCertificate:
		s = fmt.Sprintf("0 is within %.2g of the subdifferential of F, in every component", c.Value)
	case descent.NoCertificate:
		return "nothing certifies this x: the problem answers values only"
	default:
		s = fmt.Sprintf("%s %.2g", c.Kind, c.Value)
	}
	return s + fmt.Sprintf(" (tolerance %.3g)", c.Tolerance)
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}

// plain is s on one line, without what a terminal would obey: names of files may have both.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// cut shortens text for titles.
func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
