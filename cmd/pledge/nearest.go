package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pledge-wasm/pledge/abi"
)

// longestName bounds the names that are compared, in bytes: they are the
// guest's, and comparing takes the product of two lengths.
const longestName = 64

// nearest is the task whose name is most like a mistyped one, or empty when
// none is close.
func nearest(task string, manifest *abi.Manifest) string {
	best, name := 3, ""
	for _, t := range manifest.Tasks[:min(len(manifest.Tasks), 1000)] {
		if len(t.Name) > longestName || len(task) > longestName {
			continue
		}
		d := distance(strings.ToLower(task), strings.ToLower(t.Name))
		if d < best && d < len(task) {
			best, name = d, t.Name
		}
	}
	return name
}

// nearestFlag is the flag of a command whose name is most like a mistyped one,
// or empty when none is close.
func nearestFlag(cmd *cobra.Command, typed string) string {
	best, name := 3, ""
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if d := distance(typed[:min(len(typed), longestName)], f.Name); d < best && d < len(typed) {
			best, name = d, f.Name
		}
	})
	return name
}

// distance counts the letters to be put in, left out or changed to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[j+1]
			row[j+1] = min(d, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
