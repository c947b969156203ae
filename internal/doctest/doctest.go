// Package doctest runs the commands of Markdown documents and compares their output,
// so that documents cannot go stale.
//
// It reads fenced blocks marked console. A line "$ descent ..." is run; the lines up to
// the next $ or the end of the block are its expected output, standard output and
// standard error together. In an expected line, ... stands for any text; a line of ...
// alone stands for any lines. "$ echo $?" prints the exit status of the last command.
// Other commands are shown to readers and not run. The commands of one document run in
// one empty directory, in order, so that a later command sees the files of earlier ones.
package doctest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// A Command is a command of a document with its expected output.
type Command struct {
	Line int // in the document, from 1
	Text string
	Want []string
}

// Parse returns the commands of the console blocks of a document.
func Parse(document []byte) []Command {
	var out []Command
	in := false
	scanner := bufio.NewScanner(bytes.NewReader(document))
	scanner.Buffer(nil, 1<<20)
	for n := 1; scanner.Scan(); n++ {
		line := scanner.Text()
		switch {
		case !in:
			in = strings.TrimSpace(line) == "```console"
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			in = false
		case strings.HasPrefix(line, "$ "):
			out = append(out, Command{Line: n, Text: line[2:]})
		case len(out) > 0:
			c := &out[len(out)-1]
			if next := len(c.Want); next == 0 && strings.HasSuffix(c.Text, "\\") {
				c.Text = strings.TrimSuffix(c.Text, "\\") + strings.TrimSpace(line)
				continue
			}
			c.Want = append(c.Want, line)
		}
	}
	return out
}

// A Main is a program in-process.
type Main func(args []string, stdin io.Reader, stdout, stderr io.Writer) int

// Run runs the commands and returns what differs, with the number of commands run.
func Run(commands []Command, program string, main Main) (ran int, problems []string) {
	status := 0
	for _, c := range commands {
		var got bytes.Buffer
		args, err := Split(c.Text)
		switch {
		case err != nil:
			problems = append(problems, fmt.Sprintf("line %d: %v", c.Line, err))
			continue
		case c.Text == "echo $?":
			fmt.Fprintln(&got, status)
		case len(args) > 0 && args[0] == program:
			status = main(args[1:], strings.NewReader(""), &got, &got)
		default:
			continue
		}
		ran++
		if !Match(c.Want, lines(got.String())) {
			problems = append(problems, fmt.Sprintf("line %d: $ %s\nprints\n%s\nthe document says\n%s", c.Line, c.Text, strings.TrimRight(got.String(), "\n"), strings.Join(c.Want, "\n")))
		}
	}
	return ran, problems
}

// Split cuts a command line into words at blanks, with '...' and "..." quotes.
func Split(s string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	started := false
	for _, r := range s {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				word.WriteRune(r)
			}
		case r == '\'' || r == '"':
			quote, started = r, true
		case r == ' ' || r == '\t':
			if started {
				words = append(words, word.String())
				word.Reset()
				started = false
			}
		default:
			word.WriteRune(r)
			started = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote %c is not closed", quote)
	}
	if started {
		words = append(words, word.String())
	}
	return words, nil
}

// lines cuts text into lines without trailing blanks and without empty last lines.
func lines(s string) []string {
	var out []string
	for _, l := range strings.Split(s, "\n") {
		out = append(out, strings.TrimRight(l, " \t"))
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

// Match compares output with what is expected, where ... stands for any text.
func Match(want, got []string) bool {
	want = lines(strings.Join(want, "\n"))
	if len(want) == 0 {
		return len(got) == 0
	}
	if want[0] == "..." {
		for skip := range len(got) + 1 {
			if Match(want[1:], got[skip:]) {
				return true
			}
		}
		return false
	}
	return len(got) > 0 && matchLine(want[0], got[0]) && Match(want[1:], got[1:])
}

func matchLine(want, got string) bool {
	if !strings.Contains(want, "...") {
		return want == got
	}
	parts := strings.Split(want, "...")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(got)
}
