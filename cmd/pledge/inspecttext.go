package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/pledge-wasm/pledge/abi"
)

// text is the description for people: a name and a value a line, further lines
// of a value set in below it.
func (d *description) text() []byte {
	var b page
	b.line("file", d.File)
	if m := d.in.Manifest; m != nil {
		b.line("module", strings.TrimSpace(m.Name+" "+m.Version))
		b.line("built with", m.SDK)
	}
	b.line("kind", d.Kind)
	b.line("digest", d.Digest)
	b.line("size", bytesOf(uint64(d.Size)))
	b.line("code", d.codeText())
	b.line("memory", d.memoryText())
	b.line("admitted", d.admittedText())
	if d.Admitted {
		b.line("reset", d.resetText())
	}
	for _, im := range d.in.Imports {
		text := im.Module + "." + im.Name + " "
		if im.Kind == "func" {
			text += im.Type
		} else {
			text += im.Kind
		}
		if !im.Allowed {
			text += "  NOT AVAILABLE"
		}
		b.line("imports", text)
	}
	d.tasksText(&b)
	for _, e := range d.in.Logs {
		b.line("log", fmt.Sprintf("%-5v | %s", e.Level, e.Message))
	}
	return b.Bytes()
}

func (d *description) codeText() string {
	if d.Code.Functions == 0 {
		return ""
	}
	text := thousands(uint64(d.Code.Functions)) + " functions, " + bytesOf(uint64(d.Code.Bytes))
	if d.in.CompileCost > 0 { // not known of a module that is refused before its code is looked at
		text += fmt.Sprintf(", compiled within about %v", rounded(d.in.CompileCost))
	}
	return text
}

func (d *description) memoryText() string {
	if d.Kind == "not wasm" || d.Kind == "component" || d.Kind == "unknown" {
		return ""
	}
	text := bytesOf(d.Memory.Min) + " at least, "
	if d.Memory.Max == nil {
		text += "no maximum declared"
	} else {
		text += bytesOf(*d.Memory.Max) + " at most"
	}
	if d.Admitted {
		text += ", " + bytesOf(d.Memory.AfterInit) + " after initialisation"
	}
	return text
}

func (d *description) admittedText() string {
	if d.Admitted {
		return "yes"
	}
	return fmt.Sprintf("no: %s [%s]", d.in.Err.Message, d.in.Err.Code)
}

func (d *description) resetText() string {
	switch {
	case !d.Reset.Possible:
		return "no: every task gets a new instance, because initialising the module changes what cannot be put back"
	case d.Reset.Spoils:
		return "yes, but after a task that changes a table or drops a segment, which this module can do"
	}
	return "yes: what a task has written is put back before the next one"
}

func (d *description) tasksText(b *page) {
	m := d.in.Manifest
	switch {
	case m == nil && d.Admitted:
		b.line("tasks", "not listed: the module has no manifest")
	case m == nil:
	case len(m.Tasks) == 0:
		b.line("tasks", "none")
	default:
		for i := range m.Tasks {
			b.line("tasks", taskText(&m.Tasks[i]))
		}
	}
}

func taskText(t *abi.TaskInfo) string {
	text := t.Name
	if t.Doc != "" {
		text += "\n  " + strings.ReplaceAll(strings.TrimSpace(t.Doc), "\n", "\n  ")
	}
	if len(t.Input) > 0 {
		text += "\n  takes   " + schemaText(t.Input)
	}
	if len(t.Output) > 0 {
		text += "\n  returns " + schemaText(t.Output)
	}
	return text
}

// schemaText is a schema as JSON; the one that allows everything is a word.
func schemaText(r abi.Raw) string {
	switch text := string(schemaJSON(r)); text {
	case "{}", "true":
		return "anything"
	default:
		return text
	}
}

// page is a text in two columns. A name is written once for lines that share it.
type page struct {
	bytes.Buffer
	last string
}

// nameWidth is the width of the first column.
const nameWidth = 12

// line adds a name and its value, made printable; an empty value is left out.
func (p *page) line(name, value string) {
	if value == "" {
		return
	}
	if name == p.last {
		name = ""
	} else {
		p.last = name
	}
	value = strings.ReplaceAll(printable(value), "\n", "\n"+strings.Repeat(" ", nameWidth))
	fmt.Fprintf(p, "%-*s%s\n", nameWidth, name, value)
}

// bytesOf writes a number of bytes for people, exactly when it is small.
func bytesOf(n uint64) string {
	for i, unit := range []string{"GiB", "MiB", "KiB"} {
		if size := uint64(1) << (30 - 10*i); n >= size {
			return strings.TrimSuffix(strconv.FormatFloat(float64(n)/float64(size), 'f', 1, 64), ".0") + " " + unit
		}
	}
	return strconv.FormatUint(n, 10) + " bytes"
}

// thousands writes a number with commas.
func thousands(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
