// The rest of the program that docs/embedding.md shows: it calls what is written
// there. The test puts the two together.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/futures/memo"
	"github.com/pledge-wasm/pledge/futures/retry"
	"github.com/pledge-wasm/pledge/host"
)

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cacheDir, wordcount, hostfunc, counter string) error {
	h, err := open(ctx, cacheDir)
	if err != nil {
		return err
	}
	defer h.Close(ctx)

	words, err := h.LoadFile(ctx, wordcount)
	if err != nil {
		return err
	}
	counts, err := count(ctx, words, []string{"to be or", "not to be"})
	if err != nil {
		return err
	}
	fmt.Println(counts)
	for range 2 {
		known, err := counted(ctx, words, "to be")
		if err != nil {
			return err
		}
		fmt.Println("known:", known)
	}

	file, err := os.ReadFile(hostfunc)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(file)
	money, err := load(ctx, h, hostfunc, hex.EncodeToString(digest[:]))
	if err != nil {
		return err
	}
	amount, err := convert(ctx, money, price{Amount: 100, In: "CHF"})
	if err != nil {
		return err
	}
	fmt.Println(amount)

	if file, err = os.ReadFile(counter); err != nil {
		return err
	}
	n, err := visits(ctx, h, file)
	if err != nil {
		return err
	}
	fmt.Println("visits:", n)

	_, err = convert(ctx, money, price{Amount: 100, In: "XXX"})
	fmt.Println(explain(err))
	_, err = host.Bind[string, any](words, "count", host.Within(host.Limits{Fuel: 1})).Submit(ctx, "to be").Result(ctx)
	fmt.Println(explain(err))
	_, err = host.Bind[any, any](words, "cuont").Submit(ctx, nil).Result(ctx)
	fmt.Println(explain(err))
	over, cancel := context.WithCancel(ctx)
	cancel()
	_, err = futures.NewPromise(futures.Spec[int]{}).Future().Result(over)
	fmt.Println(explain(err))
	return nil
}
