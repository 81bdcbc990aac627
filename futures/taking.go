package futures

import (
	"context"
	"reflect"

	"github.com/google/uuid"

	"github.com/pledge-wasm/pledge/abi"
)

// taking puts results in the place of futures.
type taking struct {
	ctx  context.Context // this lives as long as one call
	w    *walker
	r    *Resolver
	find finder
	memo map[taken]*visit
}

// taken tells the ways apart in which a future can be resolved.
type taken struct {
	c    *core
	mode mode
}

func (t *taking) future(f Any, m mode) (any, bool, error) {
	if t.w.eager && f.State() != Completed {
		return nil, false, errLater
	}
	s, err := f.Wait(t.ctx)
	if err != nil {
		return nil, false, t.w.fail(f.ID(), err)
	}
	if s != Completed {
		e := f.base().failure()
		if m.allows(e) {
			return e, true, nil
		}
		return nil, false, t.w.fail(f.ID(), e)
	}
	v, err := f.Value(t.ctx)
	if err != nil {
		return nil, false, t.w.fail(f.ID(), err)
	}
	if v == nil || m&modeOpaque != 0 || !mayHold(reflect.TypeOf(v)) {
		return v, true, nil
	}
	key := taken{f.base(), m}
	if seen, ok := t.memo[key]; ok {
		if !seen.done {
			return nil, false, t.w.fail(f.ID(), ErrCycle)
		}
		return seen.out, true, nil
	}
	if t.memo == nil {
		t.memo = make(map[taken]*visit)
	}
	here := new(visit)
	t.memo[key] = here
	here.out, err = t.result(v)
	here.done = err == nil
	return here.out, true, err
}

// result resolves the result of a future, one level further in.
func (t *taking) result(v any) (any, error) {
	if err := t.w.enter(stepOfLevel); err != nil {
		return nil, err
	}
	t.w.inner++
	out, changed, err := t.w.value(v, 0)
	t.w.inner--
	t.w.steps -= stepOfLevel
	if err != nil {
		return nil, err
	}
	if !changed {
		out = v
	}
	return out, nil
}

func (t *taking) raw(raw abi.Raw, m mode) (any, bool, error) {
	if !abi.MayHaveFutures(raw) {
		return nil, false, nil
	}
	if t.w.eager {
		return nil, false, errLater
	}
	out, err := t.splice(raw, m)
	if err != nil {
		return nil, false, t.w.fail(uuid.Nil, err)
	}
	if len(out) == len(raw) && &out[0] == &raw[0] {
		return nil, false, nil
	}
	return out, true, nil
}

// splice resolves CBOR whose references are all under the same notes.
func (t *taking) splice(raw abi.Raw, m mode) (abi.Raw, error) {
	if m&(modeAllowFailure|modeAllowUpstream) == 0 {
		return Splice(raw, t.find.splicing(t.ctx), t.r.Limits)
	}
	args := &Args{raw: raw, find: finder{lookup: t.r.Lookup}, limits: t.r.Limits}
	if err := args.note(func(int) mode { return m }); err != nil {
		return nil, err
	}
	return args.Resolve(t.ctx, Limits{})
}

func (t *taking) id(id abi.ID, m mode) (any, bool, error) {
	f, ok := t.find.find(id)
	if !ok {
		return nil, false, t.w.fail(uuid.UUID(id), ErrUnknownFuture)
	}
	return t.future(f, m)
}
