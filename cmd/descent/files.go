package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// writeFile writes the file that a flag names.
func writeFile(flag, path string, write func(io.Writer) error) error {
	if err := replace(path, write); err != nil {
		return fmt.Errorf("--%s: %s", flag, strings.TrimPrefix(err.Error(), "nn: "))
	}
	return nil
}

// replace writes a file beside path and gives it the name then, so that what was there stays until the new one is whole. Devices
// and pipes are written as they are.
func replace(path string, write func(io.Writer) error) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	name, mode := path, fs.FileMode(0o666)
	info, err := os.Stat(path)
	if err != nil || info.Mode().IsRegular() {
		name = fmt.Sprintf("%s.%d.tmp", path, os.Getpid())
	}
	if err == nil {
		mode = info.Mode().Perm()
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode) // not CreateTemp: the file gets the usual mode
	if err != nil && name != path {                                          // a folder that takes no new files
		name = path
		file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	}
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	if err = write(w); err == nil {
		err = w.Flush()
	}
	if err = cmp.Or(err, file.Close()); name == path {
		return err
	}
	if err == nil {
		err = os.Rename(name, path)
	}
	if err != nil {
		os.Remove(name)
	}
	return err
}
