// Package logs answers one question: what is kept of the text that a guest
// emits? A [Log] takes the guest's own log calls and what it writes to stdout
// and stderr, in one order, and keeps a bounded prefix of it as harmless text.
//
// Over the limit nothing ends the task and nothing grows: later text is counted
// and dropped, and one last entry says so. What is kept is always a prefix of
// what the guest emitted, so the same task always leaves the same log.
package logs

import (
	"fmt"

	"github.com/pledge-wasm/pledge/abi"
)

// Defaults of [Limits].
const (
	DefaultBytes   = 64 << 10
	DefaultEntries = 1024
)

// retained is the largest text buffer, in bytes, that a Log keeps between
// tasks; a larger one is given to the garbage collector.
const retained = 64 << 10

// Entry is one log message of a guest.
type Entry struct {
	// Level is as the guest gave it, [abi.LevelInfo] for a line of stdout and
	// [abi.LevelWarn] for one of stderr.
	Level abi.Level
	// Message is valid UTF-8 without control characters other than tab and
	// newline; see [Clean]. Lines of stdout and stderr have no newline.
	Message string
}

// Limits bound what a [Log] keeps of one task.
type Limits struct {
	// Bytes of all messages together, after cleaning. Zero means
	// [DefaultBytes]; negative keeps nothing.
	Bytes int
	// Entries kept, the closing marker not counted. Zero means
	// [DefaultEntries]; negative keeps nothing.
	Entries int
}

// Log collects the log of one task at a time. The zero value has the default
// limits and is ready for use. Its memory is at most three times
// [Limits].Bytes and 16 bytes for each entry. A Log is not safe for concurrent
// use: it belongs to one guest, which runs on one goroutine.
type Log struct {
	limits Limits
	text   []byte // the messages, one after the other
	marks  []mark
	pipes  [2]pipe
	// later is the stream whose unfinished line began after the other's.
	later Stream
	// full is set by the first byte dropped and makes everything later drop.
	full    bool
	dropped uint64
}

// mark is one entry: its message ends at text[end].
type mark struct {
	end   int
	level abi.Level
}

// Reset empties l for the next task and sets its limits. It keeps its buffers
// and allocates nothing.
func (l *Log) Reset(limits Limits) {
	l.limits = limits
	if cap(l.text) > retained {
		l.text = nil
	}
	l.text = l.text[:0]
	l.marks = l.marks[:0]
	for i := range l.pipes {
		l.pipes[i].reset()
	}
	l.full, l.dropped = false, 0
}

// Add appends one message as one entry, newlines included, whatever its length.
// It reads no more of message than it keeps, and does not retain it.
func (l *Log) Add(level abi.Level, message []byte) {
	if l.full || len(l.marks) >= l.maxEntries() {
		l.drop(len(message))
		return
	}
	text, taken := Clean(l.text, message, l.maxBytes()-len(l.text))
	l.text = text
	if taken > 0 || len(message) == 0 {
		l.marks = append(l.marks, mark{end: len(text), level: level})
	}
	if taken < len(message) {
		l.drop(len(message) - taken)
	}
}

// Dropped returns how many bytes the guest emitted beyond the limits.
func (l *Log) Dropped() uint64 { return l.dropped }

// Finish ends the log: unfinished lines of stdout and stderr become entries in
// the order in which they began, and if anything was dropped a last entry, at
// [abi.LevelWarn], says how much. The entries belong to the caller. The Log is
// empty afterwards, as after [Log.Reset] with the same limits. An empty log is
// nil and costs no allocation.
func (l *Log) Finish() []Entry {
	l.flush(1 - l.later)
	l.flush(l.later)
	defer l.Reset(l.limits)
	if len(l.marks) == 0 && !l.full {
		return nil
	}
	entries := make([]Entry, 0, len(l.marks)+1)
	text, start := string(l.text), 0
	for _, m := range l.marks {
		entries = append(entries, Entry{Level: m.level, Message: text[start:m.end]})
		start = m.end
	}
	if l.full {
		entries = append(entries, Entry{Level: abi.LevelWarn, Message: fmt.Sprintf(
			"pledge: log limit of %d bytes and %d entries reached; %d bytes dropped",
			l.maxBytes(), l.maxEntries(), l.dropped)})
	}
	return entries
}

// drop counts n bytes as lost and closes the log.
func (l *Log) drop(n int) {
	l.full = true
	l.dropped += uint64(n)
}

func (l *Log) maxBytes() int   { return resolve(l.limits.Bytes, DefaultBytes) }
func (l *Log) maxEntries() int { return resolve(l.limits.Entries, DefaultEntries) }

// resolve gives a limit its default and makes "nothing" plain zero.
func resolve(limit, standard int) int {
	if limit == 0 {
		return standard
	}
	return max(limit, 0)
}
