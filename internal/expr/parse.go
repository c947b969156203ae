package expr

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxLength = 1_000_000 // bytes of a formula
	maxDepth  = 1000      // nested parentheses, signs, powers, conditionals
)

// An Error says what is wrong in a formula, and where.
type Error struct {
	Line, Column int // from 1; columns count characters
	Msg          string
	snippet      string
}

func (e *Error) Error() string {
	at := fmt.Sprintf("column %d", e.Column)
	if e.Line > 1 {
		at = fmt.Sprintf("line %d, column %d", e.Line, e.Column)
	}
	return at + ": " + e.Msg + e.snippet
}

// newError points at byte offset off of src, with at most 60 characters of
// context on either side of the caret.
func newError(src string, off int, msg string) *Error {
	start := strings.LastIndexByte(src[:off], '\n') + 1
	line, _, _ := strings.Cut(src[start:], "\n")
	before, after := []rune(line[:min(off-start, len(line))]), []rune(line[min(off-start, len(line)):])
	e := &Error{Line: 1 + strings.Count(src[:off], "\n"), Column: 1 + len(before), Msg: msg}
	if len(before) > 60 {
		before = append([]rune("..."), before[len(before)-60:]...)
	}
	if len(after) > 60 {
		after = append(after[:60:60], []rune("...")...)
	}
	shown := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, string(before)+string(after))
	e.snippet = "\n  " + shown + "\n  " + strings.Repeat(" ", len(before)) + "^"
	return e
}

// A token is a number, a name, or an operator; text is "" at the end.
type token struct {
	kind rune // '0' number, 'a' name, 'o' operator or end
	text string
	off  int
	num  float64
}

// A node is a register in the making; node i may use nodes before it only.
type node struct {
	op      op
	a, b, c int32
	bits    uint64 // of a constant; the number of a variable
}

// parser is a precedence-climbing parser that emits nodes as it reads.
type parser struct {
	src   string
	pos   int // after tok
	tok   token
	depth int

	vars  []string
	place map[string]int // of a variable in vars
	fixed bool           // vars were given
	lets  map[string]int32
	nodes []node
	index map[node]int32 // equal nodes are one node
}

func compile(src string, vars []string) (f *Func, err error) {
	if len(src) > maxLength {
		return nil, fmt.Errorf("formula of %d bytes: want at most %d", len(src), maxLength)
	}
	p := &parser{src: src, place: map[string]int{}, fixed: vars != nil, lets: map[string]int32{}, index: map[node]int32{}}
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *Error:
			f, err = nil, e
		default:
			panic(e)
		}
	}()
	for _, v := range vars {
		p.variable(v)
	}
	p.next()
	for p.tok.text == "let" {
		p.let()
	}
	out := p.expression(1)
	if p.tok.text != "" {
		p.unexpected("want an operator or the end")
	}
	return p.assemble(out), nil
}

// fail leaves the parser; compile recovers.
func (p *parser) fail(off int, format string, args ...any) {
	panic(newError(p.src, off, fmt.Sprintf(format, args...)))
}

func (p *parser) unexpected(want string) {
	switch {
	case p.tok.text == "":
		p.fail(p.tok.off, "the formula ends here: %s", want)
	case p.tok.kind != 'o' || p.tok.text == "(":
		p.fail(p.tok.off, "unexpected %q: %s (products are written with *)", p.tok.text, want)
	}
	p.fail(p.tok.off, "unexpected %q: %s", p.tok.text, want)
}

func isName(s string) bool {
	for i, r := range s {
		if !nameRune(r, i == 0) {
			return false
		}
	}
	return s != ""
}

func nameRune(r rune, first bool) bool {
	return r == '_' || r != utf8.RuneError && unicode.IsLetter(r) || !first && '0' <= r && r <= '9'
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// next reads one token.
func (p *parser) next() {
	s := p.src
	for p.pos < len(s) && strings.IndexByte(" \t\r\n", s[p.pos]) >= 0 {
		p.pos++
	}
	start := p.pos
	if start == len(s) {
		p.tok = token{kind: 'o', off: start}
		return
	}
	r, _ := utf8.DecodeRuneInString(s[start:])
	switch {
	case digit(s[start]) || r == '.' && start+1 < len(s) && digit(s[start+1]):
		end := numberEnd(s, start)
		v, err := strconv.ParseFloat(s[start:end], 64)
		if err != nil {
			p.fail(start, "number %s: out of the range of float64", s[start:end])
		}
		p.pos = end
		p.tok = token{kind: '0', text: s[start:end], off: start, num: v}
	case nameRune(r, true):
		for p.pos < len(s) {
			r, size := utf8.DecodeRuneInString(s[p.pos:])
			if !nameRune(r, false) {
				break
			}
			p.pos += size
		}
		p.tok = token{kind: 'a', text: s[start:p.pos], off: start}
	default:
		size := 0
		for _, o := range [...]string{"**", "<=", ">=", "==", "!=", "&&", "||"} {
			if strings.HasPrefix(s[start:], o) {
				size = 2
			}
		}
		if size == 0 {
			if strings.IndexByte("+-*/^()<>!?:,;=", s[start]) < 0 {
				p.fail(start, "unexpected character %q", r)
			}
			size = 1
		}
		p.pos = start + size
		p.tok = token{kind: 'o', text: s[start:p.pos], off: start}
	}
}

// numberEnd returns the end of the digits, fraction and exponent at i.
func numberEnd(s string, i int) int {
	digits := func(i int) int {
		for i < len(s) && digit(s[i]) {
			i++
		}
		return i
	}
	i = digits(i)
	if i < len(s) && s[i] == '.' {
		i = digits(i + 1)
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		k := i + 1
		if k < len(s) && (s[k] == '+' || s[k] == '-') {
			k++
		}
		if end := digits(k); end > k {
			return end
		}
	}
	return i
}

// accept moves past the operator text if it is next.
func (p *parser) accept(text string) bool {
	if p.tok.kind != 'o' || p.tok.text != text {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(text, where string) {
	if !p.accept(text) {
		p.unexpected(fmt.Sprintf("want %q %s", text, where))
	}
}

// let reads "let name = expression;".
func (p *parser) let() {
	p.next()
	name := p.tok
	if name.kind != 'a' || name.text == "let" {
		p.unexpected(`want a name after "let"`)
	}
	_, isFunc := functions[name.text]
	_, isConst := constants[name.text]
	_, isLet := p.lets[name.text]
	_, isVar := p.place[name.text]
	if isFunc || isConst || isLet || isVar {
		p.fail(name.off, "%s has a meaning already: want a new name", name.text)
	}
	p.next()
	p.expect("=", "after the name")
	v := p.expression(1)
	p.expect(";", "between the parts of the formula")
	if _, isVar := p.place[name.text]; isVar {
		p.fail(name.off, "%s is defined by itself", name.text)
	}
	p.lets[name.text] = v
}

// An infix operator binds as tightly as prec says; ?: is 1, a sign 7.
type infix struct {
	prec int
	op   op
}

const signPrec = 7

var infixes = map[string]infix{
	"?": {1, opSelect}, "||": {2, opOr}, "&&": {3, opAnd},
	"<": {4, opLT}, "<=": {4, opLE}, ">": {4, opGT}, ">=": {4, opGE}, "==": {4, opEQ}, "!=": {4, opNE},
	"+": {5, opAdd}, "-": {5, opSub}, "*": {6, opMul}, "/": {6, opDiv}, "^": {8, opPow}, "**": {8, opPow},
}

// expression reads as much as binds at least as tightly as prec and returns its node.
func (p *parser) expression(prec int) int32 {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.tok.off, "nested more than %d deep", maxDepth)
	}
	left := p.operand()
	for {
		in, ok := infixes[p.tok.text]
		if p.tok.kind != 'o' || !ok || in.prec < prec {
			break
		}
		p.next()
		switch in.op {
		case opSelect:
			yes := p.expression(1)
			p.expect(":", `of "condition ? a : b"`)
			no := p.expression(1)
			left = p.emit(opSelect, yes, no, left)
			continue
		case opPow: // right-associative
			left = p.emit(opPow, left, p.expression(in.prec), 0)
			continue
		}
		left = p.emit(in.op, left, p.expression(in.prec+1), 0)
		if next := infixes[p.tok.text]; in.prec == 4 && next.prec == 4 {
			p.fail(p.tok.off, "comparisons do not chain: write a < b && b < c")
		}
	}
	p.depth--
	return left
}

// operand reads a number, a name, a call, a signed operand or a parenthesis.
func (p *parser) operand() int32 {
	t := p.tok
	switch {
	case t.kind == '0':
		p.next()
		return p.constant(t.num)
	case t.kind == 'a':
		p.next()
		return p.named(t)
	case p.accept("("):
		v := p.expression(1)
		p.expect(")", "to close the parenthesis")
		return v
	case p.accept("-"):
		return p.emit(opNeg, p.expression(signPrec), 0, 0)
	case p.accept("+"):
		return p.expression(signPrec)
	case p.accept("!"):
		return p.emit(opNot, p.expression(signPrec), 0, 0)
	}
	p.unexpected("want a number, a variable, a function or (")
	return 0
}

// named resolves a name: a call, then a let, a variable given, a constant, a variable.
func (p *parser) named(t token) int32 {
	f, isFunc := functions[t.text]
	if p.tok.kind == 'o' && p.tok.text == "(" {
		if !isFunc {
			p.fail(t.off, "unknown function %s (have: %s); a product is written %s*(...)",
				t.text, strings.Join(slices.Sorted(maps.Keys(functions)), ", "), t.text)
		}
		return p.call(t, f)
	}
	if isFunc {
		p.fail(t.off, "%s is a function: write %s(...)", t.text, t.text)
	}
	if t.text == "let" {
		p.fail(t.off, `"let name = value;" stands at the start of a formula`)
	}
	if v, ok := p.lets[t.text]; ok {
		return v
	}
	_, isVar := p.place[t.text]
	if c, ok := constants[t.text]; ok && !isVar {
		return p.constant(c)
	}
	if p.fixed && !isVar {
		p.fail(t.off, "unknown variable %s (have: %s)", t.text, strings.Join(p.vars, ", "))
	}
	return p.variable(t.text)
}

// call reads the arguments of f; the parenthesis is next.
func (p *parser) call(name token, f function) int32 {
	p.next()
	var args []int32
	for !p.accept(")") {
		if len(args) > 0 {
			p.expect(",", fmt.Sprintf("or \")\" after an argument of %s", name.text))
		}
		args = append(args, p.expression(1))
	}
	switch {
	case f.variadic && len(args) == 0:
		p.fail(name.off, "%s has no arguments: want 1 or more", name.text)
	case !f.variadic && len(args) != f.args:
		p.fail(name.off, "%s has %d arguments: want %d", name.text, len(args), f.args)
	case !f.variadic:
		return p.emit(f.op, args[0], args[f.args-1], 0)
	case len(args) == 1 && f.alone != opVar:
		return p.emit(f.alone, args[0], 0, 0)
	}
	v := args[0]
	for _, a := range args[1:] {
		v = p.emit(f.op, v, a, 0)
	}
	return v
}

func (p *parser) add(n node) int32 {
	if i, ok := p.index[n]; ok {
		return i
	}
	i := int32(len(p.nodes))
	p.nodes = append(p.nodes, n)
	p.index[n] = i
	return i
}

func (p *parser) constant(v float64) int32 {
	return p.add(node{op: opConst, bits: math.Float64bits(v)})
}

func (p *parser) variable(name string) int32 {
	k, ok := p.place[name]
	if !ok {
		k = len(p.vars)
		p.place[name] = k
		p.vars = append(p.vars, name)
	}
	return p.add(node{op: opVar, bits: uint64(k)})
}

// emit adds o(a, b), or what it simplifies to: a constant, if a and b are; a square;
// a power whose exponent is constant.
func (p *parser) emit(o op, a, b, c int32) int32 {
	if !o.binary() && o != opSelect {
		b = a
	}
	if o != opSelect {
		c = a
	}
	value := func(i int32) float64 { return math.Float64frombits(p.nodes[i].bits) }
	isConst := func(i int32) bool { return p.nodes[i].op == opConst }
	switch {
	case o == opSelect:
	case isConst(a) && isConst(b):
		return p.constant(eval(o, value(a), value(b)))
	case o == opPow && isConst(b):
		switch value(b) {
		case 0:
			return p.constant(1)
		case 1:
			return a
		case 2:
			return p.add(node{op: opSq, a: a, b: a, c: a})
		}
		o = opPowConst
	}
	return p.add(node{op: o, a: a, b: b, c: c})
}

// assemble numbers the registers (variables, constants, then results) and
// allocates the scratch.
func (p *parser) assemble(out int32) *Func {
	f := &Func{vars: p.vars}
	register := make([]int32, len(p.nodes))
	if !p.fixed {
		f.vars = naturalOrder(p.vars)
	}
	slot := make(map[string]int32, len(f.vars))
	for i, v := range f.vars {
		slot[v] = int32(i)
	}
	consts, n := []float64(nil), len(f.vars)
	for i, nd := range p.nodes {
		switch nd.op {
		case opVar:
			register[i] = slot[p.vars[nd.bits]]
		case opConst:
			register[i] = int32(n + len(consts))
			consts = append(consts, math.Float64frombits(nd.bits))
		}
	}
	f.base = n + len(consts)
	for i, nd := range p.nodes {
		if nd.op != opVar && nd.op != opConst {
			register[i] = int32(f.base + len(f.code))
			f.code = append(f.code, instr{nd.op, register[nd.a], register[nd.b], register[nd.c]})
		}
	}
	f.out = register[out]
	regs := f.base + len(f.code)
	buf := make([]float64, 4*regs+2*n)
	cut := func(k int) (s []float64) { s, buf = buf[:k:k], buf[k:]; return s }
	f.val, f.adj, f.tan, f.dot = cut(regs), cut(regs), cut(regs), cut(regs)
	f.unit, f.col = cut(n), cut(n)
	copy(f.val[n:], consts)
	return f
}

// naturalOrder returns vars sorted by number if they are one prefix with numbers,
// as they are otherwise.
func naturalOrder(vars []string) []string {
	number := make(map[string]int, len(vars))
	prefix := ""
	for i, v := range vars {
		stem := strings.TrimRight(v, "0123456789")
		k, err := strconv.Atoi(v[len(stem):])
		if err != nil || i > 0 && stem != prefix {
			return vars
		}
		prefix, number[v] = stem, k
	}
	sorted := slices.Clone(vars)
	slices.SortStableFunc(sorted, func(a, b string) int { return number[a] - number[b] })
	return sorted
}
