// Package layers keeps the rules of the source tree as tests: who may import whom
// (policy.txt), how long a file may be, and that exported identifiers have doc comments.
package layers

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/godescent/descent"

//go:embed policy.txt
var policyText string

// policy is the parsed text: patterns by name.
type policy struct {
	below    map[string][]string // what a pattern may import directly, as patterns
	together map[string]bool     // packages of the pattern may import each other
	deny     map[string][]string // standard packages that a pattern may not import
	std      []string            // patterns without third-party imports
	allow    map[string][]string // exceptions to std
}

func parsePolicy(text string) (*policy, error) {
	p := &policy{map[string][]string{}, map[string]bool{}, map[string][]string{}, nil, map[string][]string{}}
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "std "); ok {
			p.std = append(p.std, names(rest)...)
			continue
		}
		if verb, rest, _ := strings.Cut(line, " "); verb == "deny" || verb == "allow" {
			who, what, ok := strings.Cut(rest, ":")
			if !ok {
				return nil, fmt.Errorf("line %d: %s without a colon", n+1, verb)
			}
			rule := map[string]map[string][]string{"deny": p.deny, "allow": p.allow}[verb]
			for _, w := range names(who) {
				rule[w] = append(rule[w], names(what)...)
			}
			continue
		}
		low, high, ok := strings.Cut(line, "<")
		if !ok {
			return nil, fmt.Errorf("line %d: %q: want a < b, deny, allow or std", n+1, line)
		}
		for _, h := range names(high) {
			name := strings.TrimSuffix(h, "+")
			p.together[name] = p.together[name] || name != h
			for _, l := range names(low) {
				if l == "NONE" {
					p.below[name] = append(p.below[name], []string{}...)
				} else if _, known := p.below[l]; !known {
					return nil, fmt.Errorf("line %d: %s is used before it is placed", n+1, l)
				} else {
					p.below[name] = append(p.below[name], l)
				}
			}
			if _, ok := p.below[name]; !ok {
				p.below[name] = nil
			}
		}
	}
	return p, nil
}

func names(s string) []string {
	var out []string
	for _, f := range strings.Split(s, ",") {
		out = append(out, strings.TrimSpace(f))
	}
	return out
}

// pattern returns the most specific pattern that covers a package.
func (p *policy) pattern(pkg string) (string, bool) {
	for at := pkg; at != "."; at = path.Dir(at) {
		if _, ok := p.below[at]; ok && (at == pkg || p.together[at]) {
			return at, true
		}
		if _, ok := p.below[at+"/*"]; ok {
			return at + "/*", true
		}
	}
	return "", false
}

// allows reports whether a package of pattern high may import one of pattern low.
func (p *policy) allows(high, low string) bool {
	return slices.ContainsFunc(p.below[high], func(b string) bool { return b == low || p.allows(b, low) })
}

// violations checks the imports of one package, all named relative to the module
// ("descent" for the root) where they belong to it.
func (p *policy) violations(pkg string, imports []string) []string {
	var bad []string
	own, ok := p.pattern(pkg)
	if !ok {
		return []string{fmt.Sprintf("%s: no rule of policy.txt covers this package", pkg)}
	}
	for _, imp := range imports {
		if inside, ok := internal(imp); ok {
			low, known := p.pattern(inside)
			same := low == own && (p.together[own] || strings.HasPrefix(inside, pkg+"/") && strings.Contains(inside, "/internal/"))
			if !known || !same && !p.allows(own, low) {
				bad = append(bad, fmt.Sprintf("%s may not import %s", pkg, inside))
			}
			continue
		}
		if slices.Contains(p.deny[own], imp) {
			bad = append(bad, fmt.Sprintf("%s may not import %s: the driver owns it", pkg, imp))
		}
		first, _, _ := strings.Cut(imp, "/")
		if strings.Contains(first, ".") && slices.Contains(p.std, own) && !slices.Contains(p.allow[own], imp) {
			bad = append(bad, fmt.Sprintf("%s may not import %s: the standard library is all it needs", pkg, imp))
		}
	}
	return bad
}

func internal(imp string) (string, bool) {
	if imp == module {
		return "descent", true
	}
	return strings.CutPrefix(imp, module+"/")
}

// file is a parsed Go file of the tree.
type file struct {
	path string // from the module's root, with slashes
	pkg  string // directory, "descent" for the root
	ast  *ast.File
	src  string
	fset *token.FileSet
}

func (f *file) test() bool      { return strings.HasSuffix(f.path, "_test.go") }
func (f *file) generated() bool { return ast.IsGenerated(f.ast) }

func (f *file) imports() []string {
	var out []string
	for _, spec := range f.ast.Imports {
		s, _ := strconv.Unquote(spec.Path.Value)
		out = append(out, s)
	}
	return out
}

// tree parses the module's files. Nested modules are not part of it.
func tree(t *testing.T) []*file {
	t.Helper()
	root := filepath.Join("..", "..")
	var files []*file
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			base := d.Name()
			if rel != "." && (base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil && rel != "." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		f := &file{path: rel, pkg: path.Dir(rel), src: string(src), fset: token.NewFileSet()}
		if f.pkg == "." {
			f.pkg = "descent"
		}
		f.ast, err = parser.ParseFile(f.fset, rel, src, parser.ParseComments)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestImports(t *testing.T) {
	p, err := parsePolicy(policyText)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, f := range tree(t) {
		if f.test() {
			continue
		}
		checked += len(f.ast.Imports)
		for _, v := range p.violations(f.pkg, f.imports()) {
			t.Errorf("%s: %s", f.path, v)
		}
	}
	if checked < 100 {
		t.Errorf("only %d imports checked: is the tree there?", checked)
	}
}

// Planted violations show that the policy can fail.
func TestPolicyCatchesViolations(t *testing.T) {
	p, err := parsePolicy(policyText)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ pkg, imp, want string }{
		{"method/gradient", module + "/problem/glm", "may not import problem/glm"},
		{"method/gradient", module + "/method/newton", "may not import method/newton"},
		{"method/gradient", module + "/data", "may not import data"},
		{"method/gradient", "time", "driver owns"},
		{"method/gradient", "math/rand", "driver owns"},
		{"method/gradient", "gonum.org/v1/gonum/mat", "standard library"},
		{"problem/glm", module + "/method/gradient", "may not import"},
		{"problem/glm", module + "/problem/analytic", "may not import"},
		{"vec", "gonum.org/v1/gonum/mat", "standard library"},
		{"linalg", module, "may not import descent"},
		{"vec", module + "/linalg", "may not import"},
		{"descent", module + "/prox", "may not import"},
		{"data", module + "/catalog", "may not import"},
		{"catalog", module + "/cmd/descent", "may not import"},
		{"report", module + "/dash", "may not import"},
		{"rule", "context", "driver owns"},
		{"nowhere", "fmt", "no rule"},
	} {
		got := strings.Join(p.violations(c.pkg, []string{c.imp}), "; ")
		if !strings.Contains(got, c.want) {
			t.Errorf("%s importing %s: %q, want %q in it", c.pkg, c.imp, got, c.want)
		}
	}
	for _, c := range []struct{ pkg, imp string }{
		{"method/gradient", module}, {"method/gradient", module + "/vec"}, {"method/gradient", "math"},
		{"cmd/descent", "time"}, {"cmd/descent", module + "/catalog"}, {"cmd/descent", module + "/problem/glm"},
		{"vec", module + "/vec/internal/cpu"}, {"vec", "golang.org/x/sys/cpu"}, {"claim/acceleration", module + "/claim"},
	} {
		if got := p.violations(c.pkg, []string{c.imp}); len(got) > 0 {
			t.Errorf("%s importing %s: %q, want nothing", c.pkg, c.imp, got)
		}
	}
	for _, text := range []string{"a b", "deny a", "allow a", "later < a"} {
		if _, err := parsePolicy(text); err == nil {
			t.Errorf("policy %q: no error", text)
		}
	}
}

func TestFileLengths(t *testing.T) {
	seen := 0
	for _, f := range tree(t) {
		if v := tooLong(f); v != "" {
			t.Error(v)
		}
		seen++
	}
	if seen < 20 {
		t.Errorf("only %d files seen", seen)
	}
	long := &file{path: "method/x/y.go", ast: &ast.File{}, src: strings.Repeat("\n", 151)}
	if tooLong(long) == "" {
		t.Error("a method file of 151 lines passes")
	}
	if long.path = "x/y.go"; tooLong(long) != "" {
		t.Error("a file of 151 lines outside of method fails")
	}
	if long.src = strings.Repeat("\n", 801); tooLong(long) == "" {
		t.Error("a file of 801 lines passes")
	}
}

// tooLong says that a file is longer than one can read at once: 150 lines for a
// method, which must read like its paper, and 800 for any other file.
func tooLong(f *file) string {
	n, most := strings.Count(f.src, "\n"), 800
	if strings.HasPrefix(f.path, "method/") && !f.test() {
		most = 150
	}
	if n > most && !f.generated() {
		return fmt.Sprintf("%s: %d lines: want at most %d", f.path, n, most)
	}
	return ""
}

func TestExportedIdentifiersHaveComments(t *testing.T) {
	seen := 0
	for _, f := range tree(t) {
		if f.test() || f.generated() {
			continue
		}
		n, bad := undocumented(f)
		seen += n
		for _, v := range bad {
			t.Error(v)
		}
	}
	if seen < 100 {
		t.Errorf("only %d identifiers seen", seen)
	}
	fset := token.NewFileSet()
	src := "package p\nfunc F() {}\ntype T int\nfunc (T) M() {}\nfunc (t) M() {}\nconst C = 1\n// G is fine.\nfunc G() {}\n"
	a, err := parser.ParseFile(fset, "p.go", src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	if n, bad := undocumented(&file{path: "p.go", ast: a, fset: fset}); n != 5 || len(bad) != 4 {
		t.Errorf("%d identifiers, %q: want 5, of which 4 bad", n, bad)
	}
}

// undocumented counts the exported identifiers of a file and names those without
// a comment. The comment of a group documents its constants and variables; the
// methods String and Error need none.
func undocumented(f *file) (n int, bad []string) {
	check := func(id *ast.Ident, docs ...*ast.CommentGroup) {
		if !id.IsExported() || id.Name == "String" || id.Name == "Error" {
			return
		}
		n++
		if !slices.ContainsFunc(docs, func(c *ast.CommentGroup) bool { return c.Text() != "" }) {
			bad = append(bad, fmt.Sprintf("%v: exported %s has no comment", f.fset.Position(id.Pos()), id.Name))
		}
	}
	for _, decl := range f.ast.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil || exportedReceiver(d.Recv.List[0].Type) {
				check(d.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					check(s.Name, d.Doc, s.Doc)
				case *ast.ValueSpec:
					for _, id := range s.Names {
						check(id, d.Doc, s.Doc, s.Comment)
					}
				}
			}
		}
	}
	return n, bad
}

func exportedReceiver(t ast.Expr) bool {
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}
