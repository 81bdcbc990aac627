// Pledge runs a task of a WebAssembly module in a sandbox and prints its result.
//
//	pledge run hello.wasm greet --args '"world"'
//	pledge inspect hello.wasm
//
// Standard output carries results and nothing else; what went wrong, what to do
// about it and what guests log go to standard error.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal finds the default behaviour again and ends the process.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole command. The end of ctx is an interruption.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return (&streams{
		in: stdin, out: stdout, err: stderr,
		terminal: isTerminal(stdout), live: live(stderr), colour: live(stderr) && os.Getenv("NO_COLOR") == "",
	}).execute(ctx, args)
}
