// Command hello is the smallest guest: one task.
package main

import (
	"context"

	"github.com/pledge-wasm/pledge/guest"
)

func init() {
	guest.Handle("hello", func(_ context.Context, name string) (string, error) {
		return "Hello, " + name + "!", nil
	}, guest.Doc("Greets somebody."))
}

func main() {}
