package futures

import (
	"context"
	"sync"

	"github.com/pledge-wasm/pledge/abi"
)

// finder leads from ids to futures: those met so far, and those that somebody
// else knows.
type finder struct {
	lookup func(abi.ID) (Any, bool)

	mu    sync.Mutex
	known map[abi.ID]Any // guarded by mu
}

func (d *finder) add(f Any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		d.known = make(map[abi.ID]Any)
	}
	d.known[abi.ID(f.ID())] = f
}

func (d *finder) find(id abi.ID) (Any, bool) {
	d.mu.Lock()
	f, ok := d.known[id]
	d.mu.Unlock()
	if ok {
		return f, true
	}
	if d.lookup == nil {
		return nil, false
	}
	f, ok = d.lookup(id)
	return f, ok && !absent(f)
}

// result waits for a run and returns its result. Futures inside a result that
// was a Go value are known from then on.
func (d *finder) result(ctx context.Context, id abi.ID) (abi.Raw, error) {
	f, ok := d.find(id)
	if !ok {
		return nil, ErrUnknownFuture
	}
	raw, err := f.Raw(ctx)
	if err != nil {
		return nil, err
	}
	if mayHold(f.resultType()) && abi.MayHaveFutures(raw) {
		if v, err := f.Value(ctx); err == nil {
			if err := collect(v, func(f Any, _ Path, _ mode) { d.add(f) }); err != nil {
				return nil, err
			}
		}
	}
	return raw, nil
}

// splicing adapts result to what [Splice] calls.
func (d *finder) splicing(ctx context.Context) func(abi.ID) (abi.Raw, error) {
	return func(id abi.ID) (abi.Raw, error) { return d.result(ctx, id) }
}
