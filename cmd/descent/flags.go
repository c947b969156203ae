package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/godescent/descent/catalog"
)

// unknown is the error of a name that is not in a list.
func unknown(what, got string, known []string) error {
	return fmt.Errorf("unknown %s %q%s (want one of: %s)", what, got, catalog.DidYouMean(got, known), strings.Join(known, ", "))
}

// exactly wants one argument and says what it is.
func exactly(what string, known func() []string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 1:
			return nil
		case len(args) > 1:
			return fmt.Errorf("%s takes one argument, %s; got %d: %s", cmd.Name(), what, len(args), strings.Join(args, " "))
		case known == nil:
			return fmt.Errorf("%s wants an argument: %s; see `%s --help`", cmd.Name(), what, cmd.CommandPath())
		}
		return fmt.Errorf("%s wants an argument: %s, one of %s", cmd.Name(), what, strings.Join(known(), ", "))
	}
}

// onlyFlags returns a check of the arguments of a verb that takes none; flag is
// what a lone argument is most likely for, or "".
func onlyFlags(flag string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return nil
		case flag != "":
			return fmt.Errorf("%s takes flags only; got %q: want %s %s", cmd.CommandPath(), args[0], flag, args[0])
		}
		return fmt.Errorf("%s takes flags only; got %q (`%s --help` lists the flags)", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
}

// flagError says what a flag accepts.
func flagError(cmd *cobra.Command, err error) error {
	var bad *pflag.InvalidValueError
	if !errors.As(err, &bad) {
		hint := ""
		if cmd.Name() == "minimize" {
			hint = "; a formula that begins with - goes after --"
		}
		return fmt.Errorf("%w (`%s --help` lists the flags%s)", err, cmd.CommandPath(), hint)
	}
	want := map[string]string{
		"float64": "a number, such as 0.1 or 1e-3", "float64Slice": "numbers separated by commas, such as 0.1,1e-3", "int": "a whole number", "uint64": "a whole number >= 0",
		"duration": "a time with its unit, such as 30s or 5m", "bool": "true or false",
	}[bad.GetFlag().Value.Type()]
	return fmt.Errorf("--%s %q: want %s", bad.GetFlag().Name, bad.GetValue(), want)
}

// number parses a finite or infinite number; NaN is none.
func number(what, s string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(v) {
		return 0, fmt.Errorf("%s %q: want a number, such as -1.5 or 1e-3", what, s)
	}
	return v, nil
}

// parseBound parses name=lo:hi, where either side may be left open.
func parseBound(s string) (name string, lo, hi float64, err error) {
	bad := func() (string, float64, float64, error) {
		return "", 0, 0, fmt.Errorf("--bound %q: want name=lo:hi, such as x=-2:2, x=0: or x=:5", s)
	}
	eq := strings.LastIndexByte(s, '=')
	if eq < 1 {
		return bad()
	}
	name = strings.TrimSpace(s[:eq])
	low, high, ok := strings.Cut(s[eq+1:], ":")
	if !ok || strings.TrimSpace(low) == "" && strings.TrimSpace(high) == "" {
		return bad()
	}
	lo, hi = math.Inf(-1), math.Inf(1)
	if low = strings.TrimSpace(low); low != "" {
		if lo, err = number("--bound "+name+": lower bound", low); err != nil {
			return "", 0, 0, err
		}
	}
	if high = strings.TrimSpace(high); high != "" {
		if hi, err = number("--bound "+name+": upper bound", high); err != nil {
			return "", 0, 0, err
		}
	}
	if !(lo <= hi) || math.IsInf(lo, 1) || math.IsInf(hi, -1) {
		return "", 0, 0, fmt.Errorf("--bound %q: want lower <= upper and a finite number between them", s)
	}
	return name, lo, hi, nil
}
