package futures

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Path names a place inside nested data, from the outside in. Its text form
// begins with "$", the whole: "$.items[3].price". A nil Path means that no
// place is known; an empty one is the whole.
type Path []Step

// Step is one step of a [Path].
type Step struct {
	Kind  StepKind
	Index int    // for StepIndex, from 0
	Text  string // for StepName the name; for StepKey and StepInKey the key as text
}

// StepKind tells the forms of a [Step] apart.
type StepKind uint8

const (
	// StepIndex goes to an element of a list: [3].
	StepIndex StepKind = iota
	// StepName goes to the value under a text key or to a struct field: .name.
	StepName
	// StepKey goes to the value under any other key: [1.5].
	StepKey
	// StepInKey goes into a map's key itself: {key}.
	StepInKey
)

// String returns the text form. Keys longer than 40 bytes are cut.
func (p Path) String() string {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range p {
		s.write(&b)
	}
	return b.String()
}

func (s Step) write(b *strings.Builder) {
	switch s.Kind {
	case StepIndex:
		b.WriteString("[" + strconv.Itoa(s.Index) + "]")
	case StepName:
		if plainName(s.Text) {
			b.WriteString("." + s.Text)
		} else {
			fmt.Fprintf(b, "[%q]", cut(s.Text, 40))
		}
	case StepKey:
		b.WriteString("[" + cut(s.Text, 40) + "]")
	case StepInKey:
		b.WriteString("{" + cut(s.Text, 40) + "}")
	}
}

func plainName(s string) bool {
	if s == "" || len(s) > 40 {
		return false
	}
	for i, r := range s {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// cut shortens s to at most max bytes, on a rune border, and marks the cut.
func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max] + "..."
}
