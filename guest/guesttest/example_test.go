package guesttest_test

import (
	"context"
	"fmt"

	"github.com/pledge-wasm/pledge/guest"
	"github.com/pledge-wasm/pledge/guest/guesttest"
)

func init() {
	guest.Module("greeter", "1.0.0")
	guest.Handle("greet", func(ctx context.Context, name string) (string, error) {
		greeting, err := guest.Call[string](ctx, "greeting", name)
		if err != nil {
			return "", err
		}
		guest.Log(ctx, guest.LevelDebug, "greeted "+name)
		return greeting + ", " + name + "!", nil
	}, guest.Doc("Greets somebody."))
}

func ExampleRun() {
	host := new(guesttest.Host)
	guesttest.Grant(host, "greeting", func(_ context.Context, name string) (string, error) { return "Good evening", nil })

	fmt.Println(guesttest.Run[string](context.Background(), host, "greet", "Alice"))
	fmt.Println(host.Logs())

	_, err := guesttest.Run[string](context.Background(), host, "greet", 42)
	fmt.Println(err)
	// Output:
	// Good evening, Alice! <nil>
	// [{debug greeted Alice}]
	// bad_args: task "greet": arguments: $: want text, got an integer
}

func ExampleManifest() {
	m, err := guesttest.Manifest()
	fmt.Println(m.Name, m.Version, m.Tasks[0].Name, m.Tasks[0].Doc, err)
	// Output: greeter 1.0.0 greet Greets somebody. <nil>
}
