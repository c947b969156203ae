package catalog

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/godescent/descent/rule"
)

// RuleDoc returns the documentation of an update rule, a pointer to its options: equations, memory, papers.
func RuleDoc(r rule.Rule) string { return docOf(reflect.TypeOf(r).Elem()).Doc }

// RuleTitle returns the first sentence of a rule's documentation.
func RuleTitle(r rule.Rule) string {
	first, _, _ := strings.Cut(RuleDoc(r), "\n\n")
	s := strings.Join(strings.Fields(first), " ")
	if i := strings.IndexAny(s, ":;"); i > 0 {
		s = s[:i]
	}
	s, _, _ = strings.Cut(s, ". ")
	return strings.NewReplacer("[", "", "]", "").Replace(strings.TrimSuffix(s, "."))
}

// RulePaper returns where a rule is from: the last paragraph of its documentation.
func RulePaper(r rule.Rule) string {
	doc := RuleDoc(r)
	if i := strings.LastIndex(doc, "\n\n"); i >= 0 {
		doc = doc[i:]
	}
	return strings.Join(strings.Fields(doc), " ")
}

// ParseRule returns an update rule by name, a pointer to its options: "adam", or wrappers around one
// with a plus between, the outermost first: "lookahead+clip+adam". The error of an unknown name
// names the nearest ones.
func ParseRule(text string) (rule.Rule, error) {
	names := strings.Split(strings.ToLower(text), "+")
	var r rule.Rule
	for i := len(names) - 1; i >= 0; i-- {
		e, ok := rule.Lookup(names[i])
		inner := i == len(names)-1
		switch {
		case !ok:
			var known []string
			for _, e := range rule.All() {
				known = append(known, e.Name)
			}
			return nil, fmt.Errorf("unknown rule %q%s; `descent list rules` lists them all", names[i], DidYouMean(names[i], known))
		case e.Wraps == inner:
			return nil, fmt.Errorf("rule %q: want a rule, or rules that wrap one before it, as in clip+adam; %s is %s", text, e.Name, map[bool]string{true: "one that wraps", false: "none that wraps"}[e.Wraps])
		}
		outer := e.New()
		if e.Wraps {
			field := reflect.ValueOf(outer).Elem().FieldByName("Rule")
			if !field.IsValid() {
				return nil, fmt.Errorf("rule %q: %s takes rules by patterns of names: want it in a program", text, e.Name)
			}
			field.Set(reflect.ValueOf(r))
		}
		r = outer
	}
	return r, nil
}
