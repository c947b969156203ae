package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/godescent/descent/data"
)

func newData() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "data get|convert|check",
		Short: "Download a data set, or turn one into a file that is mapped into memory, for sets larger than memory",
		Long: `data get downloads sets that are too large to be a part of the program. The others work on .dsc files: data sets in a binary form that every verb takes after --data
and maps into memory instead of reading it, so that a set may be larger than memory.
The same set gives the same answer, bit for bit.`,
		Example: `  descent data get mnist
  descent data convert train.svm.gz train.dsc
  descent fit logistic --data train.dsc --l2 1e-6 --save model.json
  descent data check train.dsc`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknown("data command", args[0], []string{"get", "convert", "check"})
		},
	}
	cmd.AddCommand(newDataGet(), newDataConvert(), newDataCheck())
	return cmd
}

func downloads() []string {
	var out []string
	for _, s := range data.Downloads() {
		out = append(out, s.Name)
	}
	return out
}

func newDataGet() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "get NAME",
		Short: "Download a data set, with its checksum",
		Long: `get downloads a set into the cache of the user, from where --data NAME reads it in every
verb: mnist (60000 images) comes with mnist-test (10000). Every file is compared with its
SHA-256 before it appears; what is there already is checked and kept.`,
		Example: `  descent data get mnist
  descent data get mnist --from /media/usb/mnist`,
		Args: exactly("a set", downloads),
		RunE: func(cmd *cobra.Command, args []string) error {
			var dir string
			err := watch(cmd, func(ctx context.Context, progress func(string, float64)) (err error) {
				dir, err = data.Get(ctx, args[0], from, progress)
				return err
			})
			if errors.Is(err, context.Canceled) {
				return failed(errors.New("interrupted"))
			}
			if err != nil {
				return err
			}
			row(cmd.OutOrStdout(), "folder", "%s", dir)
			for _, s := range data.Downloads() {
				row(cmd.OutOrStdout(), "set", "%s: %d × %d, %s; %s", s.Name, s.Rows, s.Cols, s.Task, s.Licence)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "`folder` or http(s) address that has the files (default: known mirrors)")
	return cmd
}

func newDataConvert() *cobra.Command {
	var f dataFlags
	var cols int
	var memory string
	cmd := &cobra.Command{
		Use:   "convert IN OUT.dsc",
		Short: "Convert a data set, out of core",
		Long: `convert reads IN (a file, - for standard input, or the name of an embedded set) and
writes OUT.dsc, with the matrix by rows and by columns. LIBSVM text may be of any size:
it is converted within --memory, with temporary files beside OUT of at most 28 bytes an
entry. Other formats are loaded first. OUT appears when it is complete; Ctrl-C leaves
nothing behind.`,
		Example: `  descent data convert train.svm.bz2 train.dsc --memory 1GB
  descent data convert table.csv table.dsc --target price --weights count --categorical`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("convert takes two arguments, IN and OUT.dsc; got %d: %s", len(args), strings.Join(args, " "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			bytes, err := parseSize(memory)
			if err != nil {
				return err
			}
			err = watch(cmd, func(ctx context.Context, progress func(string, float64)) error {
				return data.Convert(ctx, args[0], args[1], f.options(cols), data.Conversion{Memory: bytes, Progress: progress})
			})
			if errors.Is(err, context.Canceled) {
				return failed(errors.New("interrupted: nothing was written"))
			}
			if err != nil {
				return err
			}
			s, err := data.Load(args[1], data.Options{Format: "dsc"})
			if err != nil {
				return failed(err)
			}
			defer s.Close()
			printSet(cmd.OutOrStdout(), s, args[1])
			return nil
		},
	}
	f.registerReading(cmd)
	cmd.Flags().IntVar(&cols, "cols", 0, "least number `n` of columns of a LIBSVM matrix, to match another file")
	cmd.Flags().StringVar(&memory, "memory", "256MB", "most memory for buffers, a `size` such as 64MB or 2GB")
	return cmd
}

func newDataCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE.dsc",
		Short: "Verify all of a converted file",
		Long: `check verifies the SHA-256 of the file, every index and value, and that rows and
columns hold the same matrix. Opening a file verifies its header and its indices only.
The exit status is 1 if the file is damaged.`,
		Example: `  descent data check train.dsc`,
		Args:    exactly("a file of descent data convert", nil),
		RunE: func(cmd *cobra.Command, args []string) error {
			var k *data.Checked
			err := watch(cmd, func(ctx context.Context, progress func(string, float64)) (err error) {
				k, err = data.Check(ctx, args[0], progress)
				return err
			})
			switch {
			case errors.Is(err, context.Canceled):
				return failed(errors.New("interrupted"))
			case errors.Is(err, os.ErrNotExist):
				return err
			case err != nil:
				return failed(err)
			}
			defer k.Close()
			w := cmd.OutOrStdout()
			printSet(w, k.Set, args[0])
			row(w, "made from", "%s, sha256 %s", k.OriginFormat, k.OriginSHA256)
			row(w, "verdict", "sound: checksum, indices, values, rows against columns")
			return nil
		},
	}
}

// watch runs f with progress on a terminal, until it ends or Ctrl-C.
func watch(cmd *cobra.Command, f func(ctx context.Context, progress func(string, float64)) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // after the first Ctrl-C the next has its usual effect
	var progress func(string, float64)
	bar := newBar(cmd.ErrOrStderr())
	if bar != nil {
		progress = bar.stage
	}
	defer bar.clear()
	return f(ctx, progress)
}

// stage shows the progress of one of several stages, each from 0 to 1.
func (b *bar) stage(name string, fraction float64) {
	if time.Since(b.last) < 100*time.Millisecond {
		return
	}
	b.last = time.Now()
	_ = b.pb.Set(min(barSteps-1, int(barSteps*fraction)))
	b.pb.Describe(name)
}

func printSet(w io.Writer, s *data.Set, path string) {
	n, d := s.X.Dims()
	count, kind := entries(s.X)
	row(w, "file", "%s: %d × %d, %d entries (%s)", path, n, d, count, kind)
	for _, warning := range s.Warnings {
		row(w, "warning", "%s", warning)
	}
	row(w, "sha256", "%s", s.SHA256)
}

// parseSize reads a number of bytes with a unit: KB, MB, GB, TB, powers of 1024.
func parseSize(s string) (int64, error) {
	number, unit := strings.ToUpper(strings.TrimSpace(s)), int64(0)
	for i, u := range []string{"KB", "MB", "GB", "TB"} {
		if strings.HasSuffix(number, u) {
			number, unit = strings.TrimSpace(strings.TrimSuffix(number, u)), 1<<(10*(i+1))
			break
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	if bytes := v * float64(unit); err == nil && bytes >= data.LeastMemory && bytes < math.MaxInt64 {
		return int64(bytes), nil
	}
	return 0, fmt.Errorf("--memory %q: want at least 1MB, with a unit: 64MB, 1.5GB", s)
}
