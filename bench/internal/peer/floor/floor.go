// Package floor is the least that running a function elsewhere and waiting for
// it can cost: a closure in a goroutine that answers through a channel.
// There is no sandbox.
package floor

import (
	"context"

	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/work"
	"github.com/pledge-wasm/pledge/bench/internal/workload"
)

// Contestants is the floor.
func Contestants() []contest.Contestant {
	return []contest.Contestant{{
		Name: "Go closure", Family: "floor", Isolation: "none", Stops: "nothing", ABI: contest.ABINone, Apart: true,
		Open:  func(context.Context, contest.Setup) (contest.Subject, error) { return floor{}, nil },
		Typed: func(error) string { return "" },
	}}
}

type floor struct{}

func (floor) Close()                                         {}
func (floor) Caller(context.Context) (contest.Caller, error) { return floor{}, nil }

type answer[T any] struct {
	value T
	err   error
}

func await[T any](f func() (T, error)) (T, error) {
	ch := make(chan answer[T], 1)
	go func() {
		v, err := f()
		ch <- answer[T]{v, err}
	}()
	a := <-ch
	return a.value, a.err
}

func (floor) Echo(_ context.Context, data []byte) ([]byte, error) {
	return await(func() ([]byte, error) { return append([]byte(nil), data...), nil })
}

func (floor) Sum(_ context.Context, a, b int64) (int64, error) {
	return await(func() (int64, error) { return a + b, nil })
}

func (floor) Count(_ context.Context, page string) (int, error) {
	counts, err := await(func() (map[string]int, error) { return work.Count(page), nil })
	total := 0
	for _, n := range counts {
		total += n
	}
	return total, err
}

func (floor) Compute(_ context.Context, name string, rounds int32) (int64, error) {
	return await(func() (int64, error) { return workload.Compute(name, rounds) })
}
