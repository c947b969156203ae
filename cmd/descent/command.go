package main

import (
	"encoding/csv"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commandLine is the command that was typed, its flags in the order of their names, for a shell.
func commandLine(cmd *cobra.Command, args []string) string {
	words := append(strings.Fields(cmd.CommandPath()), args...)
	fs := cmd.Flags()
	fs.Visit(func(f *pflag.Flag) {
		for _, v := range flagValues(fs, f) {
			words = append(words, flagWords(f, v)...)
		}
	})
	return shellLine(words)
}

// flagValues are the texts that set a flag when they are given one after the other.
func flagValues(fs *pflag.FlagSet, f *pflag.Flag) []string {
	if list, err := fs.GetFloat64Slice(f.Name); err == nil { // whose own text has six decimals
		var words []string
		for _, v := range list {
			words = append(words, strconv.FormatFloat(v, 'g', -1, 64))
		}
		return []string{strings.Join(words, ",")}
	}
	list, ok := f.Value.(pflag.SliceValue)
	switch {
	case !ok:
		return []string{f.Value.String()}
	case f.Value.Type() == "stringArray":
		return list.GetSlice()
	}
	var b strings.Builder
	w := csv.NewWriter(&b) // commas in an item are quoted
	w.Write(list.GetSlice())
	w.Flush()
	return []string{strings.TrimSuffix(b.String(), "\n")}
}

func flagWords(f *pflag.Flag, value string) []string {
	switch {
	case f.Value.Type() != "bool":
		return []string{"--" + f.Name, value}
	case value == "true":
		return []string{"--" + f.Name}
	}
	return []string{"--" + f.Name + "=" + value}
}

// shellLine is a command for a POSIX shell.
func shellLine(words []string) string {
	var out []string
	for _, w := range words {
		out = append(out, shellWord(w))
	}
	return strings.Join(out, " ")
}

// shellWord quotes s, if it must.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:,=+@%", r)
	}
	if s != "" && strings.TrimFunc(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
