package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Say which version this is",
		Example: "  descent version",
		Args:    onlyFlags(""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			version, revision := built()
			platform := runtime.GOOS + "/" + runtime.GOARCH
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]string{"version": version, "revision": revision, "go": runtime.Version(), "platform": platform})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "descent %s %s %s\n", version, runtime.Version(), platform)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object and nothing else")
	return cmd
}

// built returns what the program was built from.
func built() (version, revision string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown", ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = s.Value
		}
	}
	return info.Main.Version, revision
}
