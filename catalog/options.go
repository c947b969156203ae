package catalog

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/godescent/descent/rule"
)

// An Option is a settable field of a method or a rule.
type Option struct {
	Name  string // in kebab case; the fields of a nested struct or rule follow a dot
	Type  string // number, integer, switch, text or list of numbers
	Value string // the present value; the default in a new method
	Doc   string // the field's comment

	field reflect.Value
}

// Options lists the settable options of a method or an update rule, which must be a pointer to a struct.
func Options(m any) []Option {
	v := reflect.ValueOf(m)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("catalog: options of a %T: want a pointer to a struct", m))
	}
	return fields(v.Elem(), "")
}

func fields(v reflect.Value, prefix string) []Option {
	var out, wrapped []Option
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		name := prefix + kebab(f.Name)
		if f.Type.Kind() == reflect.Struct {
			out = append(out, fields(v.Field(i), name+".")...)
			continue
		}
		if f.Type.Kind() == reflect.Interface && v.Field(i).Elem().Kind() == reflect.Pointer {
			if in := v.Field(i).Elem().Elem(); in.Kind() == reflect.Struct { // a wrapped rule
				wrapped = append(wrapped, fields(in, name+".")...)
			}
			continue
		}
		if kind := kindOf(f.Type); kind != "" {
			out = append(out, Option{name, kind, show(v.Field(i)), docOf(t).Fields[f.Name], v.Field(i)})
		}
	}
	return append(out, wrapped...)
}

func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Float64:
		return "number"
	case reflect.Int, reflect.Int64, reflect.Uint64, reflect.Uint:
		return "integer"
	case reflect.Bool:
		return "switch"
	case reflect.String:
		return "text"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Float64 {
			return "list of numbers"
		}
	}
	return ""
}

func show(v reflect.Value) string {
	if v.Kind() == reflect.Slice {
		var s []string
		for i := range v.Len() {
			s = append(s, fmt.Sprint(v.Index(i)))
		}
		return strings.Join(s, ",")
	}
	return fmt.Sprint(v)
}

// Set changes one option of a method or an update rule: "step=0.1". Names match whatever their
// case, with or without hyphens.
func Set(m any, assignment string) error {
	kind := "method"
	if _, ok := m.(rule.Rule); ok {
		kind = "rule"
	}
	name, text, ok := strings.Cut(assignment, "=")
	if !ok {
		return fmt.Errorf("option %q: want name=value", assignment)
	}
	var known []string
	for _, o := range Options(m) {
		if plain(o.Name) == plain(name) {
			return o.set(strings.TrimSpace(text))
		}
		known = append(known, o.Name)
	}
	if len(known) == 0 {
		return fmt.Errorf("option %q: this %s has no options", name, kind)
	}
	return fmt.Errorf("option %q: not known%s; options of this %s: %s", name, DidYouMean(name, known), kind, strings.Join(known, ", "))
}

func (o Option) set(text string) error {
	bad := func(want string) error { return fmt.Errorf("option %s=%q: want %s", o.Name, text, want) }
	v := o.field
	switch v.Kind() {
	case reflect.Float64:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(x) {
			return bad("a number, such as 0.1 or 1e-3")
		}
		v.SetFloat(x)
	case reflect.Int, reflect.Int64:
		k, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return bad("a whole number")
		}
		v.SetInt(k)
	case reflect.Uint64, reflect.Uint:
		k, err := strconv.ParseUint(text, 10, v.Type().Bits())
		if err != nil {
			return bad("a whole number >= 0")
		}
		v.SetUint(k)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return bad("true or false")
		}
		v.SetBool(b)
	case reflect.String:
		v.SetString(text)
	case reflect.Slice:
		s := reflect.MakeSlice(v.Type(), 0, 4)
		for _, part := range strings.Split(text, ",") {
			x, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
			if err != nil || math.IsNaN(x) {
				return bad("numbers separated by commas")
			}
			s = reflect.Append(s, reflect.ValueOf(x))
		}
		v.Set(s)
	}
	return nil
}

// plain is a name without case, hyphens and underscores.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(strings.TrimSpace(name)))
}

// kebab turns MaxStep into max-step and RNGSeed into rng-seed.
func kebab(s string) string {
	r := []rune(s)
	var b strings.Builder
	for i, c := range r {
		upper := unicode.IsUpper(c)
		if upper && i > 0 && (!unicode.IsUpper(r[i-1]) || i+1 < len(r) && unicode.IsLower(r[i+1])) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// typeDoc is the documentation of a method's options struct, from its source.
type typeDoc struct {
	Doc    string            `json:"doc"`
	Fields map[string]string `json:"fields,omitempty"`
}

// docs.json holds the doc comments of the methods and rules, by type: reflection cannot see
// them. `go test ./catalog -update` writes it; the test fails if it is out of date.
//
//go:embed docs.json
var docsJSON []byte

var docs = func() map[string]typeDoc {
	m := map[string]typeDoc{}
	if err := json.Unmarshal(docsJSON, &m); err != nil {
		panic("catalog: docs.json: " + err.Error())
	}
	return m
}()

func docOf(t reflect.Type) typeDoc { return docs[t.String()] }

// Doc returns the method's documentation: the problem class, the equations with the
// numbers of the paper, options, cost.
func (e Entry) Doc() string { return docOf(reflect.TypeOf(e.New()).Elem()).Doc }

// Equations returns the displayed equations of the method's documentation.
func (e Entry) Equations() string {
	var out []string
	for _, line := range strings.Split(e.Doc(), "\n") {
		if strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "    ") {
			out = append(out, strings.TrimRight(line, " \t"))
		}
	}
	return strings.Join(out, "\n")
}
