// Package claims answers: does README.md still say the truth about speed? It
// reads the ratios back that the comparison wrote there; its test measures them
// again, cheaply, and fails when one is missed by more than half.
package claims

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// The marks around the figures in README.md, and the column that is measured
// again.
const (
	begin  = "<!-- bench:begin -->"
	end    = "<!-- bench:end -->"
	column = "wazero, new instance"
)

// Claim is one ratio: that the work of a row takes plain wazero, with an
// instance per task, so many times as long as pledge.
type Claim struct {
	Row   string
	Ratio float64
}

// Holds says whether a measured ratio supports the claim: it may fall short, on
// another machine or a busy one, but not by more than half.
func (c Claim) Holds(measured float64) bool { return measured >= c.Ratio/2 }

var ratio = regexp.MustCompile(`\(([0-9.,]+)×\)`)

// Parse reads the claims of the rows that are named. A text without the marks
// claims nothing. Between the marks there must be the table, the column and
// every row: a claim that cannot be found is an error.
func Parse(readme string, rows ...string) ([]Claim, error) {
	_, rest, ok := strings.Cut(readme, begin)
	if !ok {
		return nil, nil
	}
	figures, _, ok := strings.Cut(rest, end)
	if !ok {
		return nil, fmt.Errorf("claims: %s without %s", begin, end)
	}
	at := -1
	cells := map[string][]string{}
	for line := range strings.Lines(figures) {
		row := split(line)
		if at < 0 {
			at = index(row, column)
			continue
		}
		if len(row) > at {
			cells[row[0]] = row
		}
	}
	if at < 0 {
		return nil, fmt.Errorf("claims: no column %q between the marks", column)
	}
	var all []Claim
	for _, name := range rows {
		row, ok := cells[name]
		if !ok {
			return nil, fmt.Errorf("claims: no row %q between the marks", name)
		}
		found := ratio.FindStringSubmatch(row[at])
		if found == nil {
			return nil, fmt.Errorf("claims: no ratio in %q of row %q", row[at], name)
		}
		v, err := strconv.ParseFloat(strings.ReplaceAll(found[1], ",", ""), 64)
		if err != nil {
			return nil, fmt.Errorf("claims: row %q: %w", name, err)
		}
		all = append(all, Claim{Row: name, Ratio: v})
	}
	return all, nil
}

// split gives the cells of a table's row.
func split(line string) []string {
	cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

func index(row []string, name string) int {
	for i, cell := range row {
		if cell == name {
			return i
		}
	}
	return -1
}
