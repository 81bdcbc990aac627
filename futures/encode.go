package futures

import (
	"context"

	"github.com/google/uuid"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

// Args is a value that has been encoded, futures and all: a snapshot, which
// later changes of the value do not touch. It may be used by several goroutines
// once made.
type Args struct {
	raw    abi.Raw
	refs   []argument // the references in raw, in order
	find   finder
	limits Limits
}

// argument is a reference in encoded arguments.
type argument struct {
	future Any // nil for one that stays a reference and that nobody knows
	mode   mode
}

// Encode is [Resolver.Encode] of the zero Resolver.
func Encode(v any) (*Args, error) { return new(Resolver).Encode(v) }

// Encode turns v into CBOR with references in the place of futures, and takes
// note of the futures and the wrappers ([Raw], [AllowFailure], ...) around them.
// It does not wait. If v holds no futures that costs no more than encoding.
//
// References that come as [abi.Raw] or [abi.ID] count as well; Lookup must know
// them, unless they are in Raw. The error is a *[ResolveError] or that of
// codec.Marshal.
func (r *Resolver) Encode(v any) (*Args, error) {
	a := &Args{find: finder{lookup: r.Lookup}, limits: r.Limits}
	if holds(v) {
		if err := collect(v, func(f Any, _ Path, _ mode) { a.find.add(f) }); err != nil {
			return nil, err
		}
	}
	b, err := codec.Marshal(v)
	if err != nil {
		return nil, err
	}
	u, err := unwrap(b)
	if err != nil {
		return nil, err
	}
	a.raw = u.raw
	if err := a.note(u.mode); err != nil {
		return nil, err
	}
	return a, nil
}

// note takes note of the references in the encoded value; modeOf returns the
// mode of the i-th.
func (a *Args) note(modeOf func(i int) mode) error {
	for ref, err := range abi.Futures(a.raw) {
		if err != nil {
			return &ResolveError{Path: Path{}, Err: err}
		}
		arg := argument{mode: modeOf(len(a.refs))}
		var ok bool
		if arg.future, ok = a.find.find(ref.ID); !ok && arg.mode&modeRaw == 0 {
			return &ResolveError{Path: PathAt(a.raw, ref.Offset), ID: uuid.UUID(ref.ID), Err: ErrUnknownFuture}
		}
		a.refs = append(a.refs, arg)
	}
	return nil
}

// Raw returns the encoded value with references in it, not to be modified.
func (a *Args) Raw() abi.Raw { return a.raw }

// Futures returns the futures that the value depends on, each once, in document
// order. Those inside Raw are not among them.
func (a *Args) Futures() []Any {
	var fs []Any
	for _, r := range a.refs {
		if r.mode&modeRaw == 0 {
			fs = append(fs, r.future)
		}
	}
	fs, _ = distinct(fs)
	return fs
}

// Find returns the future that a reference stands for: one that is in the value
// or, once resolved, in the Go values that futures in it stand for, or one that
// Lookup knows.
func (a *Args) Find(id abi.ID) (Any, bool) { return a.find.find(id) }

// Resolve returns the value with results in the place of the references, as
// [Splice] does, except for those that the wrappers keep. It waits for futures
// that are not done; ctx bounds that. lim bounds the result; where a field is
// zero, the Resolver's holds.
func (a *Args) Resolve(ctx context.Context, lim Limits) (abi.Raw, error) {
	if len(a.refs) == 0 {
		return a.raw, nil
	}
	if lim.Bytes == 0 {
		lim.Bytes = a.limits.Bytes
	}
	if lim.Depth == 0 {
		lim.Depth = a.limits.Depth
	}
	s := newSplicer(a.find.splicing(ctx), lim)
	i := -1
	root, err := s.plan(a.raw, func(ref abi.Reference) (*planned, error) {
		i++
		return a.replace(ctx, s, ref.ID, a.refs[i])
	})
	if err != nil {
		return nil, err
	}
	return s.build(root)
}

// replace returns what takes the place of a reference, nil if it stays.
func (a *Args) replace(ctx context.Context, s *splicer, id abi.ID, arg argument) (*planned, error) {
	if arg.mode&modeRaw != 0 {
		return nil, nil
	}
	if arg.mode&(modeAllowFailure|modeAllowUpstream) != 0 {
		if _, err := arg.future.Wait(ctx); err != nil {
			return nil, s.fail(id, err)
		}
		if e := arg.future.base().failure(); e != nil && arg.mode.allows(e) {
			item, err := e.MarshalCBOR()
			return s.whole(item, err)
		}
	}
	if arg.mode&modeOpaque != 0 {
		raw, err := a.find.result(ctx, id)
		if err != nil {
			return nil, s.fail(id, err)
		}
		return s.whole(raw, nil)
	}
	return s.result(id)
}

// whole plans an item that is not looked into.
func (s *splicer) whole(raw abi.Raw, err error) (*planned, error) {
	if err != nil {
		return nil, s.fail(abi.ID{}, err)
	}
	if len(raw) > s.limits.Bytes {
		return nil, s.tooLarge()
	}
	return &planned{raw: raw, size: len(raw)}, nil
}
