// Command asmgen writes the assembly of package vec. It is a module of its own so
// that the generator is no dependency of the library. With -check it writes nothing
// and fails if the files differ from what it would write.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

func main() {
	check := flag.Bool("check", false, "compare instead of writing")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "asmgen:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	c := build.NewContext()
	g := &gen{Context: c, consts: map[uint64]operand.Mem{}}
	g.tables()
	for _, g.avx512 = range []bool{false, true} {
		for _, g.elem = range []int{8, 4} {
			g.kernels()
		}
	}
	f, err := c.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(f); err != nil {
		return err
	}
	cfg := printer.Config{Name: "asmgen", Argv: []string{"go", "generate", "./vec"}, Pkg: "vec"}
	for name, p := range map[string]printer.Printer{
		"../../kernels_amd64.s": printer.NewGoAsm(cfg),
		"../../stubs_amd64.go":  printer.NewStubs(cfg),
	} {
		text, err := p.Print(f)
		if err != nil {
			return err
		}
		if !check {
			if err := os.WriteFile(name, text, 0o666); err != nil {
				return err
			}
			continue
		}
		old, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if !bytes.Equal(old, text) {
			return fmt.Errorf("%s is out of date: run go generate ./vec", name)
		}
	}
	return nil
}
