// Package pledge is pledge as a contestant: through its public API, from Submit
// to the decoded result.
package pledge

import (
	"context"
	"errors"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/work"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
)

// Contestants are the ways to use pledge.
func Contestants() []contest.Contestant {
	return []contest.Contestant{
		{Name: "pledge", Family: "pledge", Isolation: "pristine", Stops: "everything", ABI: contest.ABIPledge, Apart: true, Files: true,
			Open: func(ctx context.Context, s contest.Setup) (contest.Subject, error) { return Open(ctx, s) }, Typed: Typed},
		{Name: "pledge, stateful", Family: "pledge", Isolation: "reused", Stops: "everything", ABI: contest.ABIPledge, Apart: true, Files: true,
			Open: func(ctx context.Context, s contest.Setup) (contest.Subject, error) {
				return Open(ctx, s, host.Stateful())
			},
			Typed: Typed},
	}
}

// Subject is a host with one module.
type Subject struct {
	Host   *host.Host
	Module *host.Module
}

// Open makes a host and loads the guest.
func Open(ctx context.Context, s contest.Setup, opts ...host.LoadOption) (*Subject, error) {
	config := host.Config{
		Concurrency: s.Cores, CacheDir: s.CacheDir,
		Limits: host.Limits{Timeout: s.Timeout, Memory: s.Memory},
	}
	if s.Memory > 1<<30 {
		config.Memory = 4 * s.Memory
	}
	if s.Barrier != nil {
		config.Functions = map[string]host.Function{"barrier": func(context.Context, abi.Raw) (any, error) {
			s.Barrier()
			return nil, nil
		}}
		opts = append(opts, host.WithGrants(host.Grants{Functions: []string{"barrier"}}))
	}
	h, err := host.New(ctx, config)
	if err != nil {
		return nil, err
	}
	var mod *host.Module
	if s.Wasm != nil {
		mod, err = h.Load(ctx, s.Wasm, opts...)
	} else {
		mod, err = h.LoadFile(ctx, s.Path, opts...)
	}
	if err != nil {
		return nil, errors.Join(err, h.Close(ctx))
	}
	return &Subject{Host: h, Module: mod}, nil
}

// Close closes the host.
func (s *Subject) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	s.Host.Close(ctx)
}

// Caller binds the tasks. Bound tasks may be used by many goroutines; callers
// are only separate for the sake of the other contestants.
func (s *Subject) Caller(context.Context) (contest.Caller, error) {
	return &caller{
		echo:    host.Bind[[]byte, []byte](s.Module, "echo"),
		sum:     host.Bind[work.Pair, work.Total](s.Module, "sum"),
		number:  host.Bind[string, int](s.Module, "count"),
		count:   host.Bind[string, map[string]int](s.Module, "count"),
		compute: host.Bind[work.Job, int64](s.Module, "compute"),
		isGo:    s.Module.Manifest() != nil && s.Module.Manifest().SDK != "",
	}, nil
}

type caller struct {
	echo    host.Task[[]byte, []byte]
	sum     host.Task[work.Pair, work.Total]
	number  host.Task[string, int]
	count   host.Task[string, map[string]int]
	compute host.Task[work.Job, int64]
	isGo    bool
}

func (c *caller) Close() {}

func (c *caller) Echo(ctx context.Context, data []byte) ([]byte, error) {
	return c.echo.Submit(ctx, data).Result(ctx)
}

func (c *caller) Sum(ctx context.Context, a, b int64) (int64, error) {
	total, err := c.sum.Submit(ctx, work.Pair{A: a, B: b}).Result(ctx)
	return total.Sum, err
}

func (c *caller) Count(ctx context.Context, page string) (int, error) {
	if !c.isGo {
		return c.number.Submit(ctx, page).Result(ctx)
	}
	counts, err := c.count.Submit(ctx, page).Result(ctx)
	total := 0
	for _, n := range counts {
		total += n
	}
	return total, err
}

func (c *caller) Compute(ctx context.Context, name string, rounds int32) (int64, error) {
	return c.compute.Submit(ctx, work.Job{Name: name, Rounds: rounds}).Result(ctx)
}

// Typed gives the code that pledge's errors carry.
func Typed(err error) string {
	var load *host.LoadError
	var run *futures.RunError
	var limit *host.LimitError
	switch {
	case errors.As(err, &load) && errors.As(err, &limit):
		return string(load.Code) + ": " + string(limit.Code)
	case errors.As(err, &load):
		return string(load.Code)
	case errors.As(err, &run):
		return string(run.Code)
	}
	return ""
}
