package futures_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	"github.com/pledge-wasm/pledge/futures"
)

// Whoever runs a task holds the promise, everybody else the future.
func ExamplePromise() {
	p := futures.NewPromise(futures.Spec[int]{Task: "answer"})
	f := p.Future()
	fmt.Println(f.State())

	p.Start()
	p.Complete(42)
	v, err := f.Result(context.Background())
	fmt.Println(f.State(), v, err)
	// Output:
	// Pending
	// Completed 42 <nil>
}

// The waiter's time-out is about the wait; the run goes on.
func ExampleFuture_Result() {
	p := futures.NewPromise(futures.Spec[string]{Task: "slow"})
	ctx, cancel := context.WithTimeout(context.Background(), 0)
	defer cancel()
	_, err := p.Future().Result(ctx)
	fmt.Println(errors.Is(err, futures.ErrWaitTimeout), p.Future().State())

	p.Complete("late")
	fmt.Println(p.Future().Result(ctx)) // a done future always answers
	// Output:
	// true Pending
	// late <nil>
}

// A failure as data, not as an error.
func ExampleFuture_Outcome() {
	f := futures.Broken[int](errors.New("no such page"))
	out, err := f.Outcome(context.Background())
	fmt.Println(out.State, errors.Is(out.Err, futures.ErrFailed), err)
	// Output: Failed true <nil>
}

func ExampleAsCompleted() {
	ctx := context.Background()
	slow := futures.NewPromise(futures.Spec[string]{})
	quick := futures.NewPromise(futures.Spec[string]{})
	quick.Complete("quick")
	for f, err := range futures.AsCompleted(ctx, slow.Future(), quick.Future()) {
		if err != nil {
			break // ctx has ended
		}
		fmt.Println(f.Result(ctx))
		slow.Complete("slow")
	}
	// Output:
	// quick <nil>
	// slow <nil>
}

func ExampleGather() {
	fmt.Println(futures.Gather(context.Background(), futures.Ready(1), futures.Ready(2)))
	// Output: [1 2] <nil>
}

func ExampleWaitAny() {
	never := futures.NewPromise(futures.Spec[int]{}).Future()
	done, pending := futures.WaitAny(context.Background(), never, futures.Ready(1))
	fmt.Println(len(done), len(pending))
	// Output: 1 1
}

// Map keeps three runs busy, whatever the length of the sequence.
func ExampleMap() {
	ctx := context.Background()
	square := func(ctx context.Context, n int) (*futures.Future[int], error) {
		return futures.Go(ctx, "square", func(context.Context) (int, error) { return n * n, nil }), nil
	}
	for f, err := range futures.Map(ctx, 3, slices.Values([]int{1, 2, 3, 4}), square) {
		if err != nil {
			break
		}
		v, _ := f.Result(ctx)
		fmt.Println(v)
	}
	// Output:
	// 1
	// 4
	// 9
	// 16
}

func ExampleThen() {
	f := futures.Then(futures.Ready(20), func(_ context.Context, v int) (string, error) {
		return fmt.Sprint(v + 1), nil
	})
	fmt.Println(f.Result(context.Background()))
	// Output: 21 <nil>
}

func ExampleResolve() {
	page := map[string]any{"title": "Opticks", "words": []*futures.Future[int]{futures.Ready(3), futures.Ready(4)}}
	fmt.Println(futures.Resolve(context.Background(), page))
	// Output: map[title:Opticks words:[3 4]] <nil>
}

func ExampleResolveStates() {
	fs := []any{futures.Ready(1), futures.Broken[int](errors.New("torn"))}
	fmt.Println(futures.ResolveStates(context.Background(), fs))
	// Output: [Completed Failed] <nil>
}

// A struct whose fields are futures becomes one whose fields are results.
func ExampleResolveAs() {
	type submitted struct{ Width, Height *futures.Future[int] }
	type size struct{ Width, Height int }
	fmt.Println(futures.ResolveAs[size](context.Background(), submitted{futures.Ready(3), futures.Ready(4)}))
	// Output: {3 4} <nil>
}

// What a task gets: a snapshot of the arguments, with results once they are
// there, and with an error where one is allowed.
func ExampleEncode() {
	p := futures.NewPromise(futures.Spec[int]{Task: "count"})
	bad := futures.Broken[int](&abi.GuestError{Code: "torn", Message: "page 7"})
	args, _ := futures.Encode([]any{p.Future(), futures.AllowFailure(bad), futures.Secret("key")})
	fmt.Println(len(args.Futures()))

	p.Complete(5)
	raw, err := args.Resolve(context.Background(), futures.Limits{})
	fmt.Println(codec.Diagnose(raw), err)
	// Output:
	// 2
	// [5, {"code": "torn", "state": "Failed", "message": "page 7"}, "key"] <nil>
}

func ExampleCallRepr() {
	fmt.Println(futures.CallRepr("login", map[string]any{"user": "isaac", "password": futures.Secret("apple")}))
	// Output: login(password=***, user="isaac")
}
