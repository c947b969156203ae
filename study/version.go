package study

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

// Version names the code that runs: the revision of a program that was built from clean
// version control, else a hash of the program itself. It is a part of the key of every cell.
var Version = sync.OnceValue(func() string {
	settings := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			settings[s.Key] = s.Value
		}
	}
	if r := settings["vcs.revision"]; r != "" && settings["vcs.modified"] == "false" {
		return r
	}
	path, err := os.Executable()
	if err != nil {
		return "unknown"
	}
	sum, err := hashFile(path)
	if err != nil {
		return "unknown"
	}
	return "program-" + sum[:16]
})

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Machine names the processor, where the system says it, and how many threads it runs at once.
var Machine = sync.OnceValue(func() string {
	name := runtime.GOOS + "/" + runtime.GOARCH
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				name = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s × %d", name, runtime.NumCPU())
})
