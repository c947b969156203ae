// Command descent finds the x that minimizes f and proves how good its answer is.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/godescent/descent/data"
)

// The exit statuses. Scripts depend on them.
const (
	exitOK          = 0 // converged, or the verb's success
	exitFailure     = 1 // anything else: a file that cannot be written, a check that fails
	exitUsage       = 2 // bad usage or input
	exitUncertified = 3 // stopped without a certificate within tolerance
)

// An exit is an error with its own exit status; all others are bad usage or input.
// Without an error inside, nothing is printed: the output has said it all.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// failed marks an error that is not the user's.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return &exit{exitFailure, err}
}

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the whole program: tests call it in-process.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	out := &sink{w: stdout}
	root.SetOut(out)
	root.SetErr(stderr)
	err := root.Execute()
	if out.err != nil && (err == nil || err.Error() == "") {
		err = failed(out.err)
	}
	if changed := data.Changed(); changed != nil {
		err = failed(changed) // whatever was printed
	}
	if err == nil {
		return exitOK
	}
	code := exitUsage
	var e *exit
	if errors.As(err, &e) {
		code = e.code
	}
	if msg := strings.TrimPrefix(err.Error(), "descent: "); msg != "" {
		fmt.Fprintf(stderr, "descent: %s\n", msg)
	}
	return code
}

// A sink remembers the first failure of writing what is printed, which is not looked at line by line.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	if s.err == nil {
		s.err = err
	}
	return n, err
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "descent",
		Short: "Optimization you can trust",
		Long: `descent finds the x that minimizes f and proves how good its answer is: every
answer carries a certificate that can be recomputed from scratch.

Exit status: 0 converged (or the verb's success), 2 bad usage or input,
3 stopped without a certificate within tolerance, 1 anything else.`,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			var names []string
			for _, c := range cmd.Commands() {
				names = append(names, c.Name())
			}
			return unknown("command", args[0], names)
		},
	}
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newFit(), newTrain(), newPredict(), newVerify(), newMinimize(), newCompare(), newList(), newShow(), newData(), newRule(), newClaim(), newRuns(), newVersion())
	return root
}
