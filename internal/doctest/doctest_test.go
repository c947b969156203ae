package doctest

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

const document = "# Title\n$ descent not in a block\n```sh\n$ descent no\n```\n```console\n$ descent add 1 2\n3\n$ ls\nfile\n$ descent fail \\\n    'a b'\nbad: a b\n$ echo $?\n2\n```\n"

func add(args []string, _ io.Reader, stdout, stderr io.Writer) int {
	if args[0] == "add" {
		fmt.Fprintln(stdout, len(args))
		return 0
	}
	fmt.Fprintln(stderr, "bad:", strings.Join(args[1:], ";"))
	return 2
}

func TestRun(t *testing.T) {
	commands := Parse([]byte(document))
	if len(commands) != 4 || commands[0].Line != 7 || commands[2].Text != "descent fail 'a b'" {
		t.Fatalf("%+v", commands)
	}
	if ran, problems := Run(commands, "descent", add); ran != 3 || len(problems) > 0 {
		t.Errorf("%d ran, %q", ran, problems)
	}
	for _, change := range [][2]string{{"\n3\n", "\n4\n"}, {"bad: a b", "bad: a c"}, {"$?\n2", "$?\n0"}, {"3\n", ""}, {"'a b'", "'a c'"}} {
		changed := strings.Replace(document, change[0], change[1], 1)
		if _, problems := Run(Parse([]byte(changed)), "descent", add); len(problems) != 1 {
			t.Errorf("%q: %d problems %q", change, len(problems), problems)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		want, got string
		ok        bool
	}{
		{"a", "a", true}, {"a", "b", false}, {"a", "", false}, {"", "a", false}, {"", "", true},
		{"x ... y", "x 0.1 s y", true}, {"x ... y", "x y z", false}, {"(...) [1]", "(q) [1]", true}, {"1.5", "1x5", false},
		{"a\n...\nd", "a\nb\nc\nd", true}, {"a\n...\nd", "a\nd", true}, {"a\n...", "a\nb", true}, {"a\n...\nd", "a\nb", false},
		{"a  ", "a\n\n", true},
	} {
		if ok := Match(strings.Split(c.want, "\n"), lines(c.got)); ok != c.ok {
			t.Errorf("%q against %q: %v", c.want, c.got, ok)
		}
	}
}

func TestSplit(t *testing.T) {
	got, err := Split(`descent minimize 'x ^2'  --start "x=1 " ''`)
	if want := []string{"descent", "minimize", "x ^2", "--start", "x=1 ", ""}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestOpenQuote(t *testing.T) {
	if _, problems := Run([]Command{{Line: 3, Text: "descent 'a"}}, "descent", add); len(problems) != 1 || !strings.Contains(problems[0], "line 3: a quote") {
		t.Errorf("%q", problems)
	}
}
