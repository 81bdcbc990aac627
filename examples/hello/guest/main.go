// The guest of the hello example: one task, greet.
package main

import (
	"context"

	"github.com/pledge-wasm/pledge/guest"
)

func init() {
	guest.Handle("greet", greet, guest.Doc("Greets somebody by name."))
}

func greet(_ context.Context, name string) (string, error) {
	if name == "" {
		return "", &guest.Error{Code: "no_name", Message: "whom should I greet?"}
	}
	return "Hello, " + name + "!", nil
}

func main() {}
