// Package child measures what needs a process of its own: time to the first
// result, memory of idle instances, and guests that may take the process with
// them. The parent starts its own program again with Arg in front; the child
// tells what happened in lines of JSON.
package child

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/pledge-wasm/pledge/bench/internal/contest"
)

// Arg is the first argument of a child.
const Arg = "child"

// Request is what a child is to do.
type Request struct {
	// Kind is "first", "idle", "row" or "hostile".
	Kind string
	// Contestant is its name in the roster.
	Contestant string
	// Path is the guest, for all but hostile.
	Path string
	// CacheDir is for first.
	CacheDir string
	// Count is how many instances, for idle, and how many tasks, for row.
	Count int
	// Case is the hostile case.
	Case string
	// Deadline is each task's, for hostile.
	Deadline time.Duration
}

// Line is one thing that a child tells.
type Line struct {
	// Event is the kind of the request, or for hostile "begin", "gc", "end" or
	// "next".
	Event string
	// Took is how long what the event is about lasted.
	Took time.Duration
	// Err is the error, Typed the limit that a program can read from it.
	Err, Typed string
	// Bytes is memory, in idle and row.
	Bytes float64
}

// Report is all that came of a child.
type Report struct {
	Lines []Line
	// Killed says that it had to be ended, Died that it ended itself before it
	// was done, with what it printed last.
	Killed, Died bool
	LastWords    string
}

// Line is the line of an event; ok is false when there is none.
func (r Report) Line(event string) (l Line, ok bool) {
	for _, l := range r.Lines {
		if l.Event == event {
			return l, true
		}
	}
	return Line{}, false
}

// Ask starts a child and waits for it, at most so long.
func Ask(ctx context.Context, q Request, patience time.Duration) (Report, error) {
	self, err := os.Executable()
	if err != nil {
		return Report{}, err
	}
	text, err := json.Marshal(q)
	if err != nil {
		return Report{}, err
	}
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(within, self, Arg, string(text))
	cmd.WaitDelay = time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if ctx.Err() != nil {
		return Report{}, ctx.Err()
	}
	r := Report{Killed: within.Err() != nil}
	for s := bufio.NewScanner(&out); s.Scan(); {
		var l Line
		if json.Unmarshal(s.Bytes(), &l) == nil {
			r.Lines = append(r.Lines, l)
		}
	}
	var exit *exec.ExitError
	switch {
	case r.Killed:
	case errors.As(err, &exit):
		r.Died = true
		first, _, _ := bytes.Cut(bytes.TrimSpace(errs.Bytes()), []byte("\n"))
		r.LastWords = string(first)
	case err != nil:
		return r, fmt.Errorf("child: %w", err)
	}
	return r, nil
}

// First starts new processes, one with an empty cache of compiled code and then
// so many with the code in it, and gives their times to the first result.
func First(ctx context.Context, contestant, path string, warms int) (cold time.Duration, warm []time.Duration, err error) {
	dir, err := os.MkdirTemp("", "pledge-bench-cache")
	if err != nil {
		return 0, nil, err
	}
	defer os.RemoveAll(dir)
	q := Request{Kind: "first", Contestant: contestant, Path: path, CacheDir: dir}
	for i := range warms + 1 {
		l, err := one(ctx, q)
		switch {
		case err != nil:
			return 0, nil, err
		case i == 0:
			cold = l.Took
		default:
			warm = append(warm, l.Took)
		}
	}
	return cold, warm, nil
}

// Idle is what an idle instance holds, in bytes, of n that a process has.
func Idle(ctx context.Context, contestant, path string, n int) (float64, error) {
	l, err := one(ctx, Request{Kind: "idle", Contestant: contestant, Path: path, Count: n})
	return l.Bytes, err
}

// Row has a process run n tasks in a row and gives what it holds more after the
// last than after the second tenth of them, in bytes.
func Row(ctx context.Context, contestant, path string, n int) (float64, error) {
	l, err := one(ctx, Request{Kind: "row", Contestant: contestant, Path: path, Count: n})
	return l.Bytes, err
}

// one is the only line of an answer.
func one(ctx context.Context, q Request) (Line, error) {
	r, err := Ask(ctx, q, time.Minute)
	if err != nil {
		return Line{}, err
	}
	l, ok := r.Line(q.Kind)
	if !ok {
		return l, fmt.Errorf("child: %s of %s: no answer: %s", q.Kind, q.Contestant, r.LastWords)
	}
	return l, nil
}

// Main runs the request of a child, by one of the contestants, and gives its exit code.
func Main(text string, all []contest.Contestant, begun time.Time) int {
	var q Request
	if err := json.Unmarshal([]byte(text), &q); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		return 2
	}
	c, err := find(all, q.Contestant)
	if err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		return 2
	}
	switch q.Kind {
	case "first":
		err = first(c, q, begun)
	case "idle":
		err = idle(c, q)
	case "row":
		err = row(c, q)
	case "hostile":
		err = hostile(c, q)
	default:
		err = fmt.Errorf("no such request: %q", q.Kind)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		return 1
	}
	return 0
}

// tell prints a line at once: the next moment may be the last.
func tell(l Line) {
	b, err := json.Marshal(l)
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(append(b, '\n'))
}
