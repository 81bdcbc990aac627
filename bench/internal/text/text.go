// Package text prints figures for people, and tables of them as Markdown.
package text

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Duration prints three significant digits at most.
func Duration(d time.Duration) string {
	switch v := float64(d); {
	case d == 0:
		return "–"
	case v < 1e3:
		return fmt.Sprintf("%.0f ns", v)
	case v < 1e6:
		return digits(v/1e3) + " µs"
	case v < 1e9:
		return digits(v/1e6) + " ms"
	default:
		return digits(v/1e9) + " s"
	}
}

func digits(v float64) string {
	switch {
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.0f", v)
	}
}

// Size prints bytes.
func Size(v float64) string {
	switch {
	case v < 1<<10:
		return fmt.Sprintf("%.0f B", v)
	case v < 1<<20:
		return digits(v/(1<<10)) + " KiB"
	case v < 1<<30:
		return digits(v/(1<<20)) + " MiB"
	}
	return digits(v/(1<<30)) + " GiB"
}

// Count prints a number with its thousands apart.
func Count(v float64) string {
	if v > 0 && v < 10 && v != math.Trunc(v) {
		return digits(v)
	}
	s := fmt.Sprintf("%.0f", v)
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// Times prints a ratio.
func Times(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0) || v == 0:
		return "–"
	case v < 0.1:
		return fmt.Sprintf("%.2g×", v)
	case v < 2:
		return fmt.Sprintf("%.2f×", v)
	case v < 10:
		return fmt.Sprintf("%.1f×", v)
	}
	return Count(v) + "×"
}

// Table writes a Markdown table; the first row is its head.
func Table(b *strings.Builder, rows [][]string) {
	for i, row := range rows {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			b.WriteString("|---|" + strings.Repeat("--:|", len(row)-1) + "\n")
		}
	}
	b.WriteString("\n")
}
