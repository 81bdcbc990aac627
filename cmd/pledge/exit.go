package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pledge-wasm/pledge/futures"
)

// The exit codes.
const (
	exitCompleted = 0
	exitFailed    = 1
	exitUsage     = 2
	exitCrashed   = 3
	exitTimedOut  = 4
	exitCancelled = 5
)

// exitOf is the exit code of a run that ended in a state.
func exitOf(s futures.State) int {
	switch s {
	case futures.Completed:
		return exitCompleted
	case futures.Failed:
		return exitFailed
	case futures.TimedOut:
		return exitTimedOut
	case futures.Cancelled:
		return exitCancelled
	}
	return exitCrashed
}

// problem is an error for people: what happened, and what to do about it.
type problem struct {
	exit  int
	what  string
	stack []string // of the guest, innermost function first
	hint  string   // may be empty
}

func (p *problem) Error() string { return p.what }

// usage is the problem of a call that cannot be understood.
func usage(hint, format string, args ...any) *problem {
	return &problem{exit: exitUsage, what: fmt.Sprintf(format, args...), hint: hint}
}

// silent is the end of a command that has said everything already.
type silent int

func (s silent) Error() string { return fmt.Sprintf("exit code %d", int(s)) }

// finish prints what is left to print of a command's error and returns the exit
// code. Errors that are no problems are of the command line's own making.
func (s *streams) finish(err error) int {
	var p *problem
	var said silent
	switch {
	case err == nil:
		return exitCompleted
	case errors.As(err, &said):
		return int(said)
	case !errors.As(err, &p):
		what, hint, _ := strings.Cut(err.Error(), "\n")
		switch hint = strings.Join(strings.Fields(hint), " "); {
		case strings.Contains(what, `.wasm" for "pledge"`): // where a command was to stand
			hint = "'pledge run MODULE.wasm TASK' runs a task of a module"
		case hint == "":
			hint = "'pledge --help' shows how it is used"
		}
		p = usage(hint, "%s", strings.TrimPrefix(what, "host: "))
	}
	s.report(p)
	return p.exit
}
