package main

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pledge-wasm/pledge/internal/buildguest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pledge": main})
}

// TestSessions plays the scripts in testdata, which read like sessions in a
// terminal. They have two commands of their own:
//
//	guest NAME FILE      writes one of the guests of this package's tests
//	exits CODE COMMAND   runs a command that must end with this exit code
func TestSessions(t *testing.T) {
	cache := t.TempDir()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_CACHE_HOME", cache)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"guest": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) != 2 {
					ts.Fatalf("usage: guest NAME FILE")
				}
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), guest(ts, t, args[0]), 0o600))
			},
			"exits": exits,
		},
	})
}

// guest gives the bytes of a guest by name; "hello" and "limits" are the Go
// guests of the examples of those names.
func guest(ts *testscript.TestScript, t *testing.T, name string) []byte {
	if name == "hello" || name == "limits" {
		return buildguest.Go(t, "../../examples/"+name+"/guest")
	}
	build, ok := guests[name]
	if !ok {
		ts.Fatalf("no guest is called %s", name)
	}
	return build()
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got, err = exit.ExitCode(), nil
	}
	ts.Check(err)
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
