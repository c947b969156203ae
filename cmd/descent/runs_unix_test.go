//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/godescent/descent/store"
)

// An export to a device writes to it and leaves it what it is.
func TestExportToDevice(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		b, err := os.ReadFile(pipe)
		if err != nil {
			t.Error(err)
		}
		read <- string(b)
	}()
	t.Setenv(store.Variable, filepath.Join(t.TempDir(), "runs.db"))
	for _, args := range [][]string{{"minimize", "x^2", "--record"}, {"runs", "export", "--format", "csv", pipe}} {
		var out bytes.Buffer
		if code := run(args, strings.NewReader(""), &out, &out); code != 0 {
			t.Fatalf("%v: exit %d, %s", args, code, out.String())
		}
	}
	if got := <-read; !strings.HasPrefix(got, "id,key") || strings.Count(got, "\n") != 2 {
		t.Errorf("%q", got)
	}
	if info, err := os.Stat(pipe); err != nil || info.Mode().IsRegular() {
		t.Errorf("the pipe is %v, %v", info.Mode(), err)
	}
}
