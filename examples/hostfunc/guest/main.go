// The guest of the hostfunc example: it converts amounts with a rate that it
// asks its host for.
package main

import (
	"context"

	"github.com/pledge-wasm/pledge/guest"
)

type price struct {
	Amount float64 `cbor:"amount"`
	In     string  `cbor:"in"`
}

func init() {
	guest.Handle("convert", convert, guest.Doc("Converts an amount of euros."))
	guest.Handle("pry", pry, guest.Doc("Calls a function that was not granted."))
}

func convert(ctx context.Context, p price) (float64, error) {
	rate, err := guest.Call[float64](ctx, "rate", p.In)
	if err != nil {
		return 0, err
	}
	return p.Amount * rate, nil
}

func pry(ctx context.Context, _ any) (string, error) {
	return guest.Call[string](ctx, "payroll", nil)
}

func main() {}
