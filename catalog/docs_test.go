package catalog

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/godescent/descent/rule"
)

var update = flag.Bool("update", false, "rewrite docs.json from the sources")

// TestDocsAreThoseOfTheSources regenerates docs.json.
func TestDocsAreThoseOfTheSources(t *testing.T) {
	all, found := map[string]typeDoc{}, map[string]typeDoc{}
	for _, pattern := range []string{"../method/*/*.go", "../linesearch/*.go", "../schedule/*.go", "../rule/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if !strings.HasSuffix(name, "_test.go") {
				collect(t, name, all)
			}
		}
	}
	for _, e := range Methods() {
		choose(reflect.TypeOf(e.New()).Elem(), all, found)
	}
	for _, e := range rule.All() {
		choose(reflect.TypeOf(e.New()).Elem(), all, found)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(found); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("docs.json", buf.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(buf.Bytes(), docsJSON) {
		t.Error("docs.json is out of date: run go test ./catalog -update")
	}
}

// choose keeps the documentation of a type and of the structs in it.
func choose(t reflect.Type, all, found map[string]typeDoc) {
	if d, ok := all[t.String()]; ok {
		found[t.String()] = d
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && f.Type.Kind() == reflect.Struct {
			choose(f.Type, all, found)
		}
	}
}

// collect takes the documented exported structs of a file.
func collect(t *testing.T, name string, found map[string]typeDoc) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range f.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range d.Specs {
			s, ok := spec.(*ast.TypeSpec)
			if !ok || !s.Name.IsExported() {
				continue
			}
			st, ok := s.Type.(*ast.StructType)
			if !ok {
				continue
			}
			doc := s.Doc.Text()
			if doc == "" {
				doc = d.Doc.Text()
			}
			td := typeDoc{Doc: strings.TrimSpace(doc), Fields: map[string]string{}}
			for _, field := range st.Fields.List {
				text := field.Doc.Text()
				if text == "" {
					text = field.Comment.Text()
				}
				for _, id := range field.Names {
					if id.IsExported() {
						td.Fields[id.Name] = strings.Join(strings.Fields(text), " ")
					}
				}
			}
			found[f.Name.Name+"."+s.Name.Name] = td
		}
	}
}
