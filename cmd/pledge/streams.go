package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/pledge-wasm/pledge/host"
)

// streams are what the command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	terminal bool // out is a terminal
	live     bool // err is a terminal on which a line can be drawn again
	colour   bool // err is live, and the user has nothing against colours
}

// report tells of a problem in two parts: what happened, then what to do. The
// guest's words in it cannot pass for the command's: they are made printable,
// and lines after the first are set in.
func (s *streams) report(p *problem) {
	fmt.Fprintln(s.err, s.paint(red, "pledge:")+" "+indent(p.what))
	for _, frame := range p.stack {
		if strings.HasPrefix(frame, "..") { // the engine's own mark
			fmt.Fprintln(s.err, "    ...")
			continue
		}
		fmt.Fprintln(s.err, "    at "+indent(frame))
	}
	if p.hint != "" {
		fmt.Fprintln(s.err, s.paint(bold, "hint:")+" "+indent(p.hint))
	}
}

// logs shows what a guest logged. Each line says so at its beginning.
func (s *streams) logs(entries []host.LogEntry) {
	for _, e := range entries {
		for line := range strings.Lines(printable(e.Message) + "\n") {
			fmt.Fprintln(s.err, s.paint(dim, fmt.Sprintf("guest %-5v | %s", e.Level, strings.TrimSuffix(line, "\n"))))
		}
	}
}

// result writes to standard output.
func (s *streams) result(b []byte) error {
	if _, err := s.out.Write(b); err != nil {
		return &problem{exit: exitCrashed, what: "cannot write the result: " + err.Error(),
			hint: "the task did run; see that standard output can be written to"}
	}
	return nil
}

// The ways to paint.
const (
	red  = "31"
	bold = "1"
	dim  = "2"
)

func (s *streams) paint(how, text string) string {
	if !s.colour {
		return text
	}
	return "\x1b[" + how + "m" + text + "\x1b[0m"
}

// live reports whether w is a terminal whose cursor can be moved.
func live(w io.Writer) bool { return isTerminal(w) && os.Getenv("TERM") != "dumb" }

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// indent makes text printable and sets all lines but the first in.
func indent(text string) string {
	return strings.ReplaceAll(strings.TrimRight(printable(text), "\n"), "\n", "\n    ")
}

// printable writes out whatever a terminal could take for a command, or a
// reader overlook; newlines and tabs stay.
func printable(text string) string {
	clean := func(r rune) bool {
		return r == '\n' || r == '\t' || r == '\u200c' || r == '\u200d' || unicode.IsPrint(r)
	}
	if utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !clean(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text { // bytes that are not UTF-8 come as U+FFFD
		switch {
		case clean(r):
			b.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

func validUTF8(text string) string { return strings.ToValidUTF8(text, "\ufffd") }
