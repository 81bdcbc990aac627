package child

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/peer/pledge"
	"github.com/pledge-wasm/pledge/bench/internal/small"
	"github.com/pledge-wasm/pledge/host"
)

func find(all []contest.Contestant, name string) (contest.Contestant, error) {
	for _, c := range all {
		if c.Name == name {
			return c, nil
		}
	}
	return contest.Contestant{}, fmt.Errorf("no contestant %q", name)
}

// ready opens a contestant on the guest of a request. What it opened ends with
// the process.
func ready(ctx context.Context, c contest.Contestant, q Request, setup contest.Setup) (contest.Subject, contest.Caller, error) {
	setup.Path = q.Path
	if !c.Files {
		wasm, err := os.ReadFile(q.Path)
		if err != nil {
			return nil, nil, err
		}
		setup.Wasm = wasm
	}
	s, err := c.Open(ctx, setup)
	if err != nil {
		return nil, nil, err
	}
	call, err := s.Caller(ctx)
	return s, call, err
}

// first measures from the beginning of main to the first sum.
func first(c contest.Contestant, q Request, begun time.Time) error {
	ctx := context.Background()
	_, call, err := ready(ctx, c, q, contest.Setup{Cores: 1, CacheDir: q.CacheDir, Timeout: 10 * time.Second})
	if err != nil {
		return err
	}
	if err := contest.Sum(ctx, call); err != nil {
		return err
	}
	tell(Line{Event: "first", Took: time.Since(begun)})
	return nil
}

// idle measures what so many idle instances take, each after one task.
func idle(c contest.Contestant, q Request) error {
	ctx := context.Background()
	var arrived atomic.Int64
	open := make(chan struct{})
	barrier := func() { // every instance is needed at once
		if arrived.Add(1) == int64(q.Count) {
			close(open)
		}
		<-open
	}
	s, call, err := ready(ctx, c, q, contest.Setup{Cores: q.Count, Barrier: barrier, Timeout: time.Minute})
	if err != nil {
		return err
	}
	if err := contest.Sum(ctx, call); err != nil {
		return err
	}
	before, err := resident()
	if err != nil {
		return err
	}
	if p, ok := s.(*pledge.Subject); ok {
		err = crowd(ctx, p, q.Count)
	} else {
		err = keep(ctx, s, q.Count)
	}
	if err != nil {
		return err
	}
	after, err := resident()
	tell(Line{Event: "idle", Bytes: (after - before) / float64(q.Count)})
	return err
}

// crowd has so many tasks run at once, which leaves as many idle instances.
func crowd(ctx context.Context, p *pledge.Subject, n int) error {
	wait := host.Bind[any, any](p.Module, "wait")
	var wg sync.WaitGroup
	failures := make([]error, n)
	for i := range n {
		f := wait.Submit(ctx, nil)
		wg.Go(func() { _, failures[i] = f.Result(ctx) })
	}
	wg.Wait()
	return errors.Join(failures...)
}

// kept are callers that must not be collected.
var kept []contest.Caller

func keep(ctx context.Context, s contest.Subject, n int) error {
	for range n {
		c, err := s.Caller(ctx)
		if err != nil {
			return err
		}
		if err := contest.Sum(ctx, c); err != nil {
			return err
		}
		kept = append(kept, c)
	}
	return nil
}

// row runs tasks one after the other and measures after the second and after
// the last tenth of them.
func row(c contest.Contestant, q Request) error {
	ctx := context.Background()
	_, call, err := ready(ctx, c, q, contest.Setup{Cores: 1})
	if err != nil {
		return err
	}
	var second float64
	for i := range q.Count {
		if i == q.Count/5 {
			if second, err = resident(); err != nil {
				return err
			}
		}
		if err := contest.Sum(ctx, call); err != nil {
			return err
		}
	}
	last, err := resident()
	tell(Line{Event: "row", Bytes: last - second})
	return err
}

// resident is the memory that the process holds, in bytes, when all garbage is
// gone.
func resident() (float64, error) {
	runtime.GC()
	debug.FreeOSMemory()
	n := held()
	if n == 0 {
		return 0, errors.New("this system does not tell how much memory a process holds")
	}
	return n, nil
}

// hostile runs a case and tells how it went.
func hostile(c contest.Contestant, q Request) error {
	h, ok := small.Find(q.Case)
	if !ok {
		return fmt.Errorf("no hostile case %q", q.Case)
	}
	wasm := h.Wasm(c.ABI)
	file, err := os.CreateTemp("", "hostile*.wasm")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if err := os.WriteFile(file.Name(), wasm, 0o600); err != nil {
		return err
	}
	limitMemory(4 << 30)

	ctx := context.Background()
	setup := contest.Setup{Wasm: wasm, Path: file.Name(), Cores: 1, Timeout: q.Deadline, Memory: 64 << 20}
	tell(Line{Event: "begin"})
	start := time.Now()
	s, err := c.Open(ctx, setup)
	if err != nil {
		tell(ended(c, start, err))
		return nil
	}
	call, err := s.Caller(ctx)
	if err != nil {
		tell(ended(c, start, err))
		return nil
	}
	if !h.Loading {
		start = time.Now() // what follows is what the deadline is for
	}
	gc := time.AfterFunc(q.Deadline/4, func() {
		t := time.Now()
		runtime.GC()
		tell(Line{Event: "gc", Took: time.Since(t)})
	})
	attack := []byte{small.Trigger, 1, 2, 3}
	_, err = call.Echo(ctx, attack)
	tell(ended(c, start, err))
	gc.Stop()
	if h.Name == "remember" {
		_, err = call.Echo(ctx, attack)
	} else {
		_, err = call.Echo(ctx, []byte("next"))
	}
	next := Line{Event: "next"}
	if err != nil {
		next.Err = err.Error()
	}
	tell(next)
	return nil
}

func ended(c contest.Contestant, start time.Time, err error) Line {
	l := Line{Event: "end", Took: time.Since(start)}
	if err != nil {
		text := err.Error() // which may be megabytes of stack
		l.Err, l.Typed = text[:min(len(text), 300)], c.Typed(err)
	}
	return l
}
