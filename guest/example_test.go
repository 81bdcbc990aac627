package guest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pledge-wasm/pledge/guest"
	"github.com/pledge-wasm/pledge/guest/guesttest"
)

// In a program this is its init. Here it is called by each example under
// another name.
func ExampleHandle() {
	guest.Handle("example.count", func(_ context.Context, page string) (map[string]int, error) {
		words := map[string]int{}
		for _, w := range strings.Fields(page) {
			words[w]++
		}
		return words, nil
	}, guest.Doc("Counts the words of a page."))

	words, err := guesttest.Run[map[string]int](context.Background(), nil, "example.count", "to be or not to be")
	fmt.Println(words, err)
	_, err = guesttest.Run[any](context.Background(), nil, "example.count", 42)
	fmt.Println(err)
	// Output:
	// map[be:2 not:1 or:1 to:2] <nil>
	// bad_args: task "example.count": arguments: $: want text, got an integer
}

func ExampleError() {
	guest.Handle("example.buy", func(_ context.Context, item string) (int, error) {
		return 0, &guest.Error{
			Code:    "sold_out",
			Message: "there is no " + item + " left",
			Data:    map[string]int{"again_in_days": 3},
			Retry:   true,
		}
	})

	_, err := guesttest.Run[int](context.Background(), nil, "example.buy", "tea")
	var failure *guest.Error
	fmt.Println(errors.As(err, &failure), failure.Code, failure.Data, failure.Retry)
	// Output: true sold_out map[again_in_days:3] true
}

func ExampleCall() {
	guest.Handle("example.price", func(ctx context.Context, items []string) (int, error) {
		sum := 0
		for _, item := range items {
			price, err := guest.Call[int](ctx, "shop.price", item)
			if err != nil {
				return 0, err
			}
			sum += price
		}
		return sum, nil
	})

	host := new(guesttest.Host)
	guesttest.Grant(host, "shop.price", func(_ context.Context, item string) (int, error) { return len(item), nil })
	fmt.Println(guesttest.Run[int](context.Background(), host, "example.price", []string{"tea", "cake"}))
	fmt.Println(guesttest.Run[int](context.Background(), nil, "example.price", []string{"tea"}))
	// Output:
	// 7 <nil>
	// 0 unknown_function: there is no function shop.price
}

func ExampleSubmit() {
	guest.Handle("example.square", func(_ context.Context, n int) (int, error) { return n * n, nil })
	guest.Handle("example.sum", func(_ context.Context, list []int) (int, error) {
		sum := 0
		for _, n := range list {
			sum += n
		}
		return sum, nil
	})
	guest.Handle("example.squares", func(ctx context.Context, n int) (*guest.Future[int], error) {
		var squares []*guest.Future[int]
		for i := range n {
			squares = append(squares, guest.Submit[int](ctx, "example.square", i+1))
		}
		// The futures go into the arguments as they are; the host has sum begin
		// when their results are there, and puts its result in place of the
		// future that is returned here.
		return guest.Submit[int](ctx, "example.sum", squares), nil
	})

	host := new(guesttest.Host)
	host.GrantTasks()
	fmt.Println(guesttest.Run[int](context.Background(), host, "example.squares", 3))
	// Output: 14 <nil>
}

func ExampleFuture_Await() {
	guest.Handle("example.double", func(_ context.Context, n int) (int, error) { return 2 * n, nil })
	guest.Handle("example.twice", func(ctx context.Context, n int) (int, error) {
		once, err := guest.Submit[int](ctx, "example.double", n).Await(ctx)
		if err != nil {
			return 0, err
		}
		return guest.Submit[int](ctx, "example.double", once).Await(ctx)
	})

	host := new(guesttest.Host)
	host.GrantTasks()
	fmt.Println(guesttest.Run[int](context.Background(), host, "example.twice", 5))
	// Output: 20 <nil>
}

func ExampleLog() {
	guest.Handle("example.steps", func(ctx context.Context, n int) (any, error) {
		for i := range n {
			guest.Log(ctx, guest.LevelInfo, fmt.Sprint("step ", i))
			if err := guest.Progress(ctx, float64(i+1)/float64(n)); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})

	host := new(guesttest.Host)
	_, err := guesttest.Run[any](context.Background(), host, "example.steps", 2)
	fmt.Println(host.Logs(), len(host.Progress()), err)
	// Output: [{info step 0} {info step 1}] 2 <nil>
}

func ExampleDecode() {
	// A handler that takes guest.Raw decodes when it knows what it has got.
	raw, err := guest.Encode(map[string]any{"kind": "text", "value": "hi"})
	fmt.Printf("%x %v\n", []byte(raw), err)
	var head struct {
		Kind  string    `cbor:"kind"`
		Value guest.Raw `cbor:"value"`
	}
	err = guest.Decode(raw, &head)
	fmt.Printf("%s %x %v\n", head.Kind, []byte(head.Value), err)
	// Output:
	// a2646b696e6464746578746576616c7565626869 <nil>
	// text 626869 <nil>
}
