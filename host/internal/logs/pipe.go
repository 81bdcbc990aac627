package logs

import (
	"bytes"
	"unicode/utf8"

	"github.com/pledge-wasm/pledge/abi"
)

// Stream is one of the two byte streams that become log lines.
type Stream uint8

// The streams, with the level that their lines get.
const (
	Stdout Stream = iota // abi.LevelInfo
	Stderr               // abi.LevelWarn
)

func (s Stream) level() abi.Level {
	if s == Stderr {
		return abi.LevelWarn
	}
	return abi.LevelInfo
}

// pipe holds the unfinished line of one stream.
type pipe struct {
	line []byte
	// open says that a line has begun.
	open bool
	// lost counts bytes of this line that found no room in line.
	lost int
}

func (p *pipe) reset() {
	if cap(p.line) > retained {
		p.line = nil
	}
	p.line, p.open, p.lost = p.line[:0], false, 0
}

// Write takes the next bytes of a stream. Each line, without its "\n" or
// "\r\n", becomes an entry when it is complete; the rest waits for the next
// Write or for [Log.Finish]. Write does not retain p. Its cost is bounded by
// len(p) while there is room, and by nothing more than a count afterwards.
func (l *Log) Write(s Stream, p []byte) {
	for len(p) > 0 {
		if l.full {
			l.drop(len(p))
			return
		}
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			l.hold(s, p)
			return
		}
		l.end(s, p[:i])
		p = p[i+1:]
	}
}

// end completes the line of s with rest.
func (l *Log) end(s Stream, rest []byte) {
	pipe := &l.pipes[s]
	if !pipe.open {
		l.Add(s.level(), trimCR(rest))
		return
	}
	l.hold(s, rest)
	if pipe.lost == 0 {
		pipe.line = trimCR(pipe.line)
	}
	l.flush(s)
}

// hold keeps p as part of the unfinished line of s, as far as there is room. It
// keeps what a character that crosses the limit has beyond it, so that the cut is
// made where the line is cleaned, and never within a character.
func (l *Log) hold(s Stream, p []byte) {
	if len(p) == 0 {
		return
	}
	pipe := &l.pipes[s]
	if !pipe.open {
		pipe.open, l.later = true, s
	}
	room := max(l.maxBytes()-len(l.text)+utf8.UTFMax-1-len(pipe.line), 0)
	kept := min(len(p), room)
	pipe.line = append(pipe.line, p[:kept]...)
	pipe.lost += len(p) - kept
}

// flush makes the unfinished line of s an entry.
func (l *Log) flush(s Stream) {
	pipe := &l.pipes[s]
	if pipe.open {
		l.Add(s.level(), pipe.line)
	}
	if pipe.lost > 0 {
		l.drop(pipe.lost)
	}
	pipe.reset()
}

func trimCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}
