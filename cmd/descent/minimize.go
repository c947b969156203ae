package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/godescent/descent"
	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/internal/expr"
	"github.com/godescent/descent/problem/analytic"
	"github.com/godescent/descent/prox"
)

func newMinimize() *cobra.Command {
	var f solveFlags
	var rec recordFlags
	var start, bounds []string
	var id string
	cmd := &cobra.Command{
		Use:   "minimize FORMULA | --problem ID",
		Short: "Minimize a formula or a problem of the catalog",
		Long: `minimize finds a minimizer of a formula in named variables, within bounds if there
are any. Derivatives are exact: they come from the formula by automatic
differentiation. A problem that is not convex may have several minima; the answer
is one of them, which the certificate shows to be stationary.

The formula has numbers, variables, pi, e, + - * / ^, comparisons and c ? a : b,
"let r = x-y; r^2", and functions: abs exp log sqrt sin cos tan tanh min max sum
norm pow atan2 and more. Variables that --start leaves out begin at 0.`,
		Example: `  descent minimize '100*(y-x^2)^2 + (1-x)^2' --start x=-1.2,y=1
  descent minimize '100*(y-x^2)^2 + (1-x)^2' --start x=-1.2,y=1 --bound x=-2:0.5 --plot run.svg
  descent minimize --problem mgh-rosenbrock --method newton --json --x`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case id != "" && len(args) > 0:
				return errors.New("minimize: want a formula or --problem ID, not both")
			case id == "" && len(args) == 0:
				return errors.New("minimize: want a formula, such as '(x-1)^2 + abs(y)', or --problem ID")
			case len(args) > 1:
				return fmt.Errorf("minimize: %d arguments, want one formula: put it in quotes", len(args))
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	f.register(cmd)
	rec.register(cmd, false)
	cmd.Flags().StringArrayVar(&start, "start", nil, "where to begin, as `x=v,y=v`; repeatable")
	cmd.Flags().StringArrayVar(&bounds, "bound", nil, "bounds `x=lo:hi`; x=lo: and x=:hi leave a side open; repeatable")
	cmd.Flags().StringVar(&id, "problem", "", "analytic problem `ID` of the catalog (see descent list problems)")
	cmd.RegisterFlagCompletionFunc("problem", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return problemIDs(), cobra.ShellCompDirectiveNoFileComp
	})
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(cmd); err != nil {
			return err
		}
		var t *task
		var err error
		if id != "" {
			t, err = problemTask(id)
		} else {
			t, err = formulaTask(args[0])
		}
		if err != nil {
			return err
		}
		if err := t.begin(start); err != nil {
			return err
		}
		if err := t.bound(bounds); err != nil {
			return err
		}
		if err := rec.open(cmd); err != nil {
			return err
		}
		defer rec.close()
		return t.run(cmd, &f, &rec)
	}
	return cmd
}

// A task is a problem with names for its variables.
type task struct {
	p     *descent.Problem
	names []string
	x0    []float64
	given []bool // which starts were given
}

func formulaTask(src string) (*task, error) {
	fn, err := expr.Compile(src)
	if err != nil {
		return nil, fmt.Errorf("formula: %w", err)
	}
	names := fn.Vars()
	if len(names) == 0 {
		return nil, errors.New("formula: it has no variables, so there is nothing to minimize over")
	}
	p := &descent.Problem{Name: strings.Join(strings.Fields(src), " "), Dim: len(names), Objective: fn}
	return &task{p: p, names: names, x0: make([]float64, len(names)), given: make([]bool, len(names))}, nil
}

func problemTask(id string) (*task, error) {
	spec, ok := analytic.Lookup(id)
	if !ok {
		return nil, fmt.Errorf("unknown problem %q%s; `descent list problems` lists them all", id, catalog.DidYouMean(id, problemIDs()))
	}
	t := &task{p: spec.New(), x0: slices.Clone(spec.X0), given: make([]bool, spec.Dim)}
	for i := range spec.Dim {
		t.names = append(t.names, fmt.Sprintf("x%d", i+1))
		t.given[i] = true
	}
	return t, nil
}

func problemIDs() []string {
	var ids []string
	for _, s := range analytic.All() {
		ids = append(ids, s.ID)
	}
	return ids
}

func (t *task) variable(flag, name string) (int, error) {
	if i := slices.Index(t.names, name); i >= 0 {
		return i, nil
	}
	list := t.names
	if len(list) > 20 {
		list = append(slices.Clone(list[:20]), "...")
	}
	return 0, fmt.Errorf("%s: no variable %q%s; variables: %s", flag, name, catalog.DidYouMean(name, t.names), strings.Join(list, ", "))
}

// begin sets the start from --start.
func (t *task) begin(start []string) error {
	for _, list := range start {
		for _, item := range strings.Split(list, ",") {
			name, value, ok := strings.Cut(item, "=")
			if !ok {
				return fmt.Errorf("--start %q: want name=value, separated by commas, such as x=-1.2,y=1", item)
			}
			i, err := t.variable("--start", strings.TrimSpace(name))
			if err != nil {
				return err
			}
			v, err := number("--start "+t.names[i]+":", value)
			if err != nil {
				return err
			}
			if math.IsInf(v, 0) {
				return fmt.Errorf("--start %s=%v: want a finite number", t.names[i], v)
			}
			t.x0[i], t.given[i] = v, true
		}
	}
	return nil
}

// bound adds the bounds of --bound to those of the problem.
func (t *task) bound(bounds []string) error {
	if len(bounds) == 0 {
		return nil
	}
	box, err := prox.NewBox(t.p.Dim, nil, nil)
	if err != nil {
		return err
	}
	if b, ok := t.p.Regularizer.(descent.Bounded); ok {
		lower, upper := b.Bounds()
		box = prox.Box{Lower: slices.Clone(lower), Upper: slices.Clone(upper)}
	}
	for _, s := range bounds {
		name, lo, hi, err := parseBound(s)
		if err != nil {
			return err
		}
		i, err := t.variable("--bound", name)
		if err != nil {
			return err
		}
		box.Lower[i], box.Upper[i] = lo, hi
	}
	t.p.Regularizer = box
	return nil
}

func (t *task) run(cmd *cobra.Command, f *solveFlags, rec *recordFlags) error {
	s, err := f.solve(cmd, t.p, t.x0)
	if err != nil {
		return err
	}
	r := f.recordOf("minimize", s.answer, s.started, s.result.Trace)
	r.Problem = problemText(cmd, t.p.Name, "problem")
	s.answer.Run, s.recording = rec.keep(r)
	x := s.result.X
	out := cmd.OutOrStdout()
	if f.json {
		err = printJSON(out, struct {
			answer
			Variables []string `json:"variables"`
		}{s.answer, t.names})
	} else {
		row(out, "problem", "%s in %s%s", cut(t.p.Name, 100), plural(len(x), "variable"), t.class())
		if zeros := t.notGiven(); zeros != "" {
			row(out, "start", "%s began at 0 (--start sets it)", zeros)
		}
		s.print(out, f)
		const most = 20
		for i, v := range x[:min(most, len(x))] {
			row(out, "  "+t.names[i], "%s%.10g", map[bool]string{true: " "}[!math.Signbit(v)], v)
		}
		if len(x) > most {
			row(out, "", "and %d more (--json --x prints all)", len(x)-most)
		}
	}
	if err != nil {
		return err
	}
	if err := s.draw(f, "minimize "+t.p.Name, "x", t.names, x); err != nil {
		return err
	}
	return s.exit()
}

func (t *task) class() string {
	if catalog.ClassOf(t.p) == catalog.Bounds {
		return " with bounds"
	}
	return ""
}

func (t *task) notGiven() string {
	var names []string
	for i, ok := range t.given {
		if !ok {
			names = append(names, t.names[i])
		}
	}
	if len(names) > 6 {
		names = append(names[:6], fmt.Sprintf("and %d more", len(names)-6))
	}
	return strings.Join(names, ", ")
}
