// Hostfunc lets a guest call one Go function of the embedder, and nothing else.
//
//	make bin/hostfunc.wasm && go run ./examples/hostfunc bin/hostfunc.wasm
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
		fmt.Fprintln(os.Stderr, "usage: hostfunc GUEST.wasm (build it with: make bin/hostfunc.wasm)")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// rates is what the guest cannot know by itself.
var rates = map[string]float64{"EUR": 1, "CHF": 0.95, "NOK": 11.5}

func rate(_ context.Context, currency string) (float64, error) {
	r, ok := rates[currency]
	if !ok {
		return 0, &host.GuestError{Code: "no_rate", Message: "no rate for " + currency}
	}
	return r, nil
}

type price struct {
	Amount float64 `cbor:"amount"`
	In     string  `cbor:"in"`
}

func run(ctx context.Context, guest string, out io.Writer) error {
	// Offering a function makes it known; granting it lets a module call it.
	h, err := host.New(ctx, host.Config{Functions: map[string]host.Function{
		"rate":    host.Func(rate),
		"payroll": host.Func(func(context.Context, any) (string, error) { return "secret", nil }),
	}})
	if err != nil {
		return err
	}
	defer h.Close(ctx)
	mod, err := h.LoadFile(ctx, guest, host.WithGrants(host.Grants{Functions: []string{"rate"}}))
	if err != nil {
		return err
	}

	convert := host.Bind[price, float64](mod, "convert")
	for _, currency := range []string{"CHF", "NOK", "XXX"} {
		amount, err := convert.Submit(ctx, price{Amount: 100, In: currency}).Result(ctx)
		var refused *host.GuestError
		switch {
		case errors.As(err, &refused):
			fmt.Fprintf(out, "100 EUR in %s: %s (%s)\n", currency, refused.Message, refused.Code)
		case err != nil:
			return err
		default:
			fmt.Fprintf(out, "100 EUR in %s: %.2f\n", currency, amount)
		}
	}

	pry := host.Bind[any, string](mod, "pry")
	_, err = pry.Submit(ctx, nil).Result(ctx)
	refused, ok := errors.AsType[*host.GuestError](err)
	if !ok {
		return fmt.Errorf("payroll: want a refusal, got %v", err)
	}
	fmt.Fprintf(out, "payroll: %s\n", refused.Code)
	return nil
}
