// Command kitchen is a guest with a task for everything that the SDK does.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/pledge-wasm/pledge/guest"
)

type order struct {
	Item  string  `json:"item" jsonschema:"what to buy"`
	Price float64 `json:"price"`
	Gift  bool    `json:"gift,omitempty"`
}

func init() {
	guest.Module("kitchen", "1.2.3")

	guest.Handle("count", func(_ context.Context, page string) (map[string]int, error) {
		words := map[string]int{}
		for _, w := range strings.Fields(page) {
			words[w]++
		}
		return words, nil
	}, guest.Doc("Counts the words of a page."))

	guest.Handle("total", func(_ context.Context, orders []order) (float64, error) {
		sum := 0.0
		for _, o := range orders {
			if o.Price < 0 {
				return 0, &guest.Error{Code: "bad_price", Message: "a price is negative", Data: o, Retry: true}
			}
			sum += o.Price
		}
		return sum, nil
	})

	guest.Handle("fail", func(context.Context, any) (any, error) {
		return nil, errors.New("it did not work")
	})

	guest.Handle("panic", func(_ context.Context, text string) (any, error) {
		panic(text)
	})

	guest.Handle("block", func(context.Context, any) (any, error) {
		select {}
	})

	guest.Handle("exit", func(_ context.Context, code int) (any, error) {
		os.Exit(code)
		return nil, nil
	})

	guest.Handle("channel", func(context.Context, any) (any, error) {
		return []any{make(chan int)}, nil
	})

	guest.Handle("goroutines", func(_ context.Context, n int) (int, error) {
		var (
			wait sync.WaitGroup
			sums = make(chan int, n)
		)
		for i := range n {
			wait.Go(func() {
				time.Sleep(time.Duration(n-i) * time.Millisecond)
				sums <- i
			})
		}
		wait.Wait()
		close(sums)
		sum := 0
		for i := range sums {
			sum += i
		}
		return sum, nil
	})

	guest.Handle("price", func(ctx context.Context, item string) (int, error) {
		if err := guest.Progress(ctx, "asking"); err != nil {
			return 0, err
		}
		price, err := guest.Call[int](ctx, "shop.price", item)
		if err != nil {
			return 0, fmt.Errorf("price of %s: %w", item, err)
		}
		return price, nil
	})

	guest.Handle("prices", func(ctx context.Context, items []string) ([]int, error) {
		prices := make([]int, len(items))
		var wait sync.WaitGroup
		for i, item := range items {
			wait.Go(func() { prices[i], _ = guest.Call[int](ctx, "shop.price", item) })
		}
		wait.Wait()
		return prices, nil
	})

	guest.Handle("fan", func(ctx context.Context, pages []string) (map[string]any, error) {
		parts := make([]*guest.Future[map[string]int], len(pages))
		for i, p := range pages {
			parts[i] = guest.Submit[map[string]int](ctx, "count", p)
		}
		first, err := parts[0].Await(ctx)
		if err != nil {
			return nil, err
		}
		return map[string]any{"first": first, "parts": parts, "merged": guest.Submit[any](ctx, "merge", parts)}, nil
	})

	guest.Handle("merge", func(_ context.Context, parts []map[string]int) (map[string]int, error) {
		all := map[string]int{}
		for _, p := range parts {
			for w, n := range p {
				all[w] += n
			}
		}
		return all, nil
	})

	guest.Handle("log", func(ctx context.Context, text string) (any, error) {
		guest.Log(ctx, guest.LevelDebug, "debug "+text)
		guest.Log(ctx, guest.LevelError, "")
		fmt.Println("stdout", text)
		log.SetFlags(0)
		log.Println("stderr", text)
		return nil, nil
	})

	guest.Handle("garbage", func(_ context.Context, mib int) (int, error) {
		sum := 0
		for i := range mib {
			b := make([]byte, 1<<20)
			b[i] = 1
			sum += len(b)
		}
		return sum, nil
	})
}

func main() { panic("the main of a reactor does not run") }
