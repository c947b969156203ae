package catalog

import (
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
