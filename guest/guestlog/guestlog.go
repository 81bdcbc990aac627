// Package guestlog makes log/slog of a guest reach the host, with its levels.
// Import it for its effect:
//
//	import _ "github.com/pledge-wasm/pledge/guest/guestlog"
//
// The default logger then gives each record to the host as one entry: the
// message and key=value for each attribute, without the time, which is the
// host's to say. Lines of package log arrive at level info.
//
// It is apart because log/slog brings fmt, encoding/json and more with it: a
// guest that logs by slog is 1.1 MB larger whichever way its lines take. Without
// this import slog works as everywhere, printing to standard error: the host
// has its lines at level warn. For one line now and then [guest.Log] is light.
package guestlog

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/pledge-wasm/pledge/guest"
)

// Level is the least level that is logged. It begins at [slog.LevelDebug]: the
// host decides what to keep.
var Level slog.LevelVar

func init() {
	Level.Set(slog.LevelDebug)
	slog.SetDefault(slog.New(Handler{}))
}

// Handler is a [slog.Handler] whose records go to the host of the context that
// they are logged with. The zero value is ready for use.
type Handler struct {
	attrs string // of WithAttrs, formatted, each with a space before it
	group string // of WithGroup, with a dot after each name
}

// Enabled reports whether records of level reach the host: see [Level].
func (Handler) Enabled(_ context.Context, level slog.Level) bool { return level >= Level.Level() }

// Handle logs r. It always returns nil.
func (h Handler) Handle(ctx context.Context, r slog.Record) error {
	line := append(make([]byte, 0, 128), r.Message...)
	line = append(line, h.attrs...)
	r.Attrs(func(a slog.Attr) bool {
		line = appendAttr(line, h.group, a)
		return true
	})
	guest.Log(ctx, levelOf(r.Level), string(line))
	return nil
}

// WithAttrs returns a handler that puts attrs before those of each record.
func (h Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	line := []byte(h.attrs)
	for _, a := range attrs {
		line = appendAttr(line, h.group, a)
	}
	h.attrs = string(line)
	return h
}

// WithGroup returns a handler that puts name and a dot before each key.
func (h Handler) WithGroup(name string) slog.Handler {
	if name != "" {
		h.group += name + "."
	}
	return h
}

// levelOf rounds a level down to one that the host knows.
func levelOf(l slog.Level) guest.Level {
	switch {
	case l >= slog.LevelError:
		return guest.LevelError
	case l >= slog.LevelWarn:
		return guest.LevelWarn
	case l >= slog.LevelInfo:
		return guest.LevelInfo
	}
	return guest.LevelDebug
}

// appendAttr appends " key=value" for a, or for each member of a group.
func appendAttr(line []byte, group string, a slog.Attr) []byte {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, member := range v.Group() {
			line = appendAttr(line, group, member)
		}
		return line
	}
	if a.Equal(slog.Attr{}) {
		return line
	}
	line = append(line, ' ')
	line = appendText(line, group+a.Key)
	line = append(line, '=')
	if v.Kind() == slog.KindTime {
		return v.Time().AppendFormat(line, time.RFC3339Nano)
	}
	return appendText(line, v.String())
}

// appendText appends s, quoted if it could be mistaken for something else.
func appendText(line []byte, s string) []byte {
	plain := s != "" && strings.IndexFunc(s, func(r rune) bool {
		return r == '=' || r == '"' || unicode.IsSpace(r) || !unicode.IsPrint(r)
	}) < 0
	if plain {
		return append(line, s...)
	}
	return strconv.AppendQuote(line, s)
}
