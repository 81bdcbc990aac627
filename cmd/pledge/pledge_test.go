package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pledge-wasm/pledge/internal/buildguest"
	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pledge": main})
}

// guests are the modules that scripts ask for by name: guest NAME FILE.
var guests = map[string]func() []byte{
	"tasks":    wasmtest.Tasks,
	"echo":     wasmtest.Echo,
	"not-cbor": func() []byte { return wasmtest.Respond([]byte{0x82, 0x00, 0xff}) },
}

func TestSessions(t *testing.T) {
	cache := t.TempDir()
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
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
		},
	})
}

func guest(ts *testscript.TestScript, t *testing.T, name string) []byte {
	if build, ok := guests[name]; ok {
		return build()
	}
	if name == "go" {
		return buildguest.Go(t, "testdata/guest")
	}
	ts.Fatalf("no guest is called %s", name)
	return nil
}
