// Limits runs three tasks that nobody wants in a process, tells them apart, and
// shows that the next task on the same module does not notice.
//
//	make bin/limits.wasm && go run ./examples/limits bin/limits.wasm
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: limits GUEST.wasm (build it with: make bin/limits.wasm)")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, guest string, out io.Writer) error {
	h, err := host.New(ctx, host.Config{Limits: host.Limits{
		Memory:  16 << 20,
		Timeout: time.Second,
	}})
	if err != nil {
		return err
	}
	defer h.Close(ctx)
	mod, err := h.LoadFile(ctx, guest)
	if err != nil {
		return err
	}

	for _, name := range []string{"runaway", "hog", "crasher"} {
		task := host.Bind[any, any](mod, name)
		_, err := task.Submit(ctx, nil).Result(ctx)
		run, ok := errors.AsType[*futures.RunError](err)
		if !ok {
			return fmt.Errorf("%s: want a run that does not complete, got %v", name, err)
		}
		fmt.Fprintf(out, "%-8s %-8s %s\n", name, run.State, run.Code)
	}

	// Fuel is a limit, too, and one that does not depend on the clock.
	frugal := host.Bind[any, any](mod, "runaway", host.Within(host.Limits{Fuel: 1_000_000}))
	_, err = frugal.Submit(ctx, nil).Result(ctx)
	limit, ok := errors.AsType[*host.LimitError](err)
	if !ok {
		return fmt.Errorf("runaway: want a limit, got %v", err)
	}
	fmt.Fprintf(out, "%-8s %-8s %s\n", "runaway", "on fuel", limit.Code)

	// The next task on the same module finds a fresh world.
	sum := host.Bind[[]int, int](mod, "sum")
	n, err := sum.Submit(ctx, []int{20, 22}).Result(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%-8s %-8s %d\n", "sum", futures.Completed, n)
	return nil
}
