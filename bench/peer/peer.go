// Package peer talks to the Python programs of bench/peers: one JSON request a
// line in, one JSON object a line out.
package peer

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// ErrTimeout is what Ask returns when the peer took too long; the peer is then restarted.
var ErrTimeout = errors.New("timed out")

// A Process is a peer's program that waits for requests.
type Process struct {
	Hello json.RawMessage // the program's first line: versions and threads

	script  string
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers chan []byte
}

// Start runs the script, a file of bench/peers, with the Python of the benchmarks'
// virtual environment. The working directory must be the module's root.
func Start(script string) (*Process, error) {
	p := &Process{script: filepath.Join("bench", "peers", script)}
	return p, p.start()
}

// Python returns the interpreter of $DESCENT_BENCH_VENV or bench/.venv.
func Python() string {
	venv := os.Getenv("DESCENT_BENCH_VENV")
	if venv == "" {
		venv = filepath.Join("bench", ".venv")
	}
	return filepath.Join(venv, "bin", "python")
}

// Env is the environment of a peer: without the two variables that some machines
// set to restrict OpenBLAS, which would slow the peer down.
func Env() []string {
	return slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "OPENBLAS_CORETYPE=") || strings.HasPrefix(kv, "OPENBLAS_L2_SIZE=")
	})
}

func (p *Process) start() error {
	p.cmd = exec.Command(Python(), p.script)
	p.cmd.Env = Env()
	p.cmd.Stderr = os.Stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("%w (run bench/peers/setup.sh first, from the module's root)", err)
	}
	p.in, p.answers = in, make(chan []byte)
	go func(answers chan<- []byte) {
		defer close(answers)
		r := bufio.NewReaderSize(out, 1<<20)
		for {
			line, err := r.ReadBytes('\n')
			if err != nil {
				return
			}
			answers <- line
		}
	}(p.answers)
	p.Hello, err = p.read(time.Minute)
	return err
}

func (p *Process) read(timeout time.Duration) ([]byte, error) {
	select {
	case line, ok := <-p.answers:
		if !ok {
			return nil, fmt.Errorf("%s ended: %v", p.script, p.cmd.Wait())
		}
		return line, nil
	case <-time.After(timeout):
		return nil, ErrTimeout
	}
}

// Ask sends a request and decodes the answer. A peer that does not answer in
// time is killed and started anew.
func (p *Process) Ask(request, answer any, timeout time.Duration) error {
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return err
	}
	line, err = p.read(timeout)
	if errors.Is(err, ErrTimeout) {
		p.kill()
		if err := p.start(); err != nil {
			return err
		}
		return ErrTimeout
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(line, answer)
}

func (p *Process) kill() {
	p.cmd.Process.Kill()
	for range p.answers {
	}
	p.cmd.Wait()
}

// Close ends the program.
func (p *Process) Close() error {
	p.in.Close()
	for range p.answers {
	}
	return p.cmd.Wait()
}
