package rule

import (
	"errors"
	"fmt"
)

// checkWrapped checks the options of a rule that wraps r, and those of r.
func checkWrapped(rule string, r Rule, options ...limit) error {
	if r == nil {
		return fmt.Errorf("%s: wraps no rule: want one", rule)
	}
	return errors.Join(check(rule, options...), r.Check())
}
