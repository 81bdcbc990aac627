// Hello runs one task of one module, and shows what comes back when it works
// and when it does not.
//
//	make bin/hello.wasm && go run ./examples/hello bin/hello.wasm
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pledge-wasm/pledge/host"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: hello GUEST.wasm (build it with: make bin/hello.wasm)")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, guest string, out io.Writer) error {
	h, err := host.New(ctx, host.Config{})
	if err != nil {
		return err
	}
	defer h.Close(ctx)
	mod, err := h.LoadFile(ctx, guest)
	if err != nil {
		return err
	}
	greet := host.Bind[string, string](mod, "greet")

	// Submit returns at once; Result waits.
	greeting := greet.Submit(ctx, "world")
	text, err := greeting.Result(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, text)

	// An error of the guest arrives with its code and message.
	_, err = greet.Submit(ctx, "").Result(ctx)
	refused, ok := errors.AsType[*host.GuestError](err)
	if !ok {
		return fmt.Errorf("want an error of the guest, got %v", err)
	}
	fmt.Fprintf(out, "refused: %s (%s)\n", refused.Message, refused.Code)
	return nil
}
