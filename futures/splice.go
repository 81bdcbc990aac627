package futures

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/pledge-wasm/pledge/abi"
)

// Splice returns raw with every reference in it replaced by what lookup says
// the run's result is, and the references in those results as well, until none
// is left. Everything else stays byte for byte as it is, and a raw without
// references is returned itself; so is a result for which a reference alone
// stands. References are found wherever an item may stand, keys of maps
// included; byte strings and texts are data, also those that embed CBOR.
//
// Each run is looked up once. The error is a *[ResolveError] with the path: of
// what lookup said, of [ErrCycle], or of a limit. Sizes are known before
// anything is built, so that a result that doubles at each step costs nothing.
//
// raw and the results must be well-formed items; they are not modified.
func Splice(raw abi.Raw, lookup func(abi.ID) (abi.Raw, error), lim Limits) (abi.Raw, error) {
	if !abi.MayHaveFutures(raw) {
		return raw, nil
	}
	s := newSplicer(lookup, lim)
	root, err := s.plan(raw, nil)
	if err != nil {
		return nil, err
	}
	return s.build(root)
}

// splicer works in two passes: plan finds the references, looks them up and
// adds up sizes, build writes the bytes.
type splicer struct {
	lookup func(abi.ID) (abi.Raw, error)
	limits Limits
	items  map[abi.ID]*planned
	trail  []hop // where plan is, from the root inward
}

// planned is an item whose references have been looked up.
type planned struct {
	raw    abi.Raw
	holes  []hole
	size   int // when resolved
	height int // how many results stand inside one another in it
}

// hole is a reference in an item, and what takes its place.
type hole struct {
	off, end int
	with     *planned
}

// hop is a step from an item to the result of a run that it refers to.
type hop struct {
	raw abi.Raw
	off int
}

// inProgress stands for runs whose results are being planned.
var inProgress = new(planned)

func newSplicer(lookup func(abi.ID) (abi.Raw, error), lim Limits) *splicer {
	return &splicer{lookup: lookup, limits: lim.withDefaults()}
}

// plan plans an item. replace says what takes the place of a reference, or nil if
// it stays; without replace it is the run's result.
func (s *splicer) plan(raw abi.Raw, replace func(abi.Reference) (*planned, error)) (*planned, error) {
	p := &planned{raw: raw, size: len(raw)}
	if len(s.trail) > s.limits.Depth {
		return nil, s.tooDeep()
	}
	for ref, err := range abi.Futures(raw) {
		if err != nil {
			return nil, s.malformed(raw, err)
		}
		s.trail = append(s.trail, hop{raw, ref.Offset})
		var with *planned
		if replace != nil {
			with, err = replace(ref)
		} else {
			with, err = s.result(ref.ID)
		}
		if err != nil {
			return nil, err
		}
		if with != nil {
			if err := s.fill(p, hole{ref.Offset, ref.End, with}); err != nil {
				return nil, err
			}
		}
		s.trail = s.trail[:len(s.trail)-1]
	}
	if len(p.holes) > 0 && p.size > s.limits.Bytes {
		return nil, s.tooLarge()
	}
	return p, nil
}

// fill adds a hole and sees to size and height.
func (s *splicer) fill(p *planned, h hole) error {
	p.holes = append(p.holes, h)
	p.size += h.with.size - (h.end - h.off)
	p.height = max(p.height, 1+h.with.height)
	// What is behind the hole may still shrink, as a reference may be longer
	// than its result. What is before it may not.
	if sure := p.size - (len(p.raw) - h.end); sure > s.limits.Bytes {
		return s.tooLarge()
	}
	if p.height > s.limits.Depth+1 { // the whole may be nothing but a reference
		return s.tooDeep()
	}
	return nil
}

// result plans the result of a run. Where that is nothing but a reference to
// another run, it is that run's, and so on, without recursion.
func (s *splicer) result(id abi.ID) (*planned, error) {
	var same []abi.ID
	for {
		p, known := s.items[id]
		if p == inProgress {
			return nil, s.fail(id, ErrCycle)
		}
		if !known {
			raw, err := s.lookup(id)
			if err != nil {
				return nil, s.fail(id, err)
			}
			same = append(same, id)
			if s.items == nil {
				s.items = make(map[abi.ID]*planned)
			}
			s.items[id] = inProgress
			if next, ok := onlyReference(raw); ok {
				id = next
				continue
			}
			if p, err = s.plan(raw, nil); err != nil {
				return nil, err
			}
			if p.size > s.limits.Bytes {
				return nil, s.tooLarge()
			}
		}
		for _, id := range same {
			s.items[id] = p
		}
		return p, nil
	}
}

// onlyReference reports whether raw is a reference and nothing else.
func onlyReference(raw abi.Raw) (id abi.ID, ok bool) {
	if len(raw) == 0 || raw[0]>>5 != abi.MajorTag || !abi.MayHaveFutures(raw) {
		return id, false
	}
	err := id.UnmarshalCBOR(raw)
	return id, err == nil
}

// build writes the planned item, and checks what has come of it.
func (s *splicer) build(p *planned) (abi.Raw, error) {
	for len(p.holes) == 1 && p.holes[0].off == 0 && p.holes[0].end == len(p.raw) {
		p = p.holes[0].with
	}
	if len(p.holes) == 0 {
		return p.raw, nil
	}
	out := abi.Raw(p.append(make([]byte, 0, p.size)))
	err := abi.Check(out, abi.Limits{Depth: s.limits.Depth})
	if err == nil {
		return out, nil
	}
	return nil, asResolveError(out, err, s.limits)
}

// append appends the resolved item. Its recursion is bounded by the height that
// fill allows.
func (p *planned) append(dst []byte) []byte {
	off := 0
	for _, h := range p.holes {
		dst = append(dst, p.raw[off:h.off]...)
		dst = h.with.append(dst)
		off = h.end
	}
	return append(dst, p.raw[off:]...)
}

// fail makes an error of where plan is.
func (s *splicer) fail(id abi.ID, err error) error {
	path := Path{}
	for _, h := range s.trail {
		path = append(path, PathAt(h.raw, h.off)...)
	}
	return &ResolveError{Path: path, ID: uuid.UUID(id), Err: err}
}

func (s *splicer) tooDeep() error {
	return s.fail(abi.ID{}, fmt.Errorf("%w: more than %d results inside one another", ErrDepth, s.limits.Depth))
}

func (s *splicer) tooLarge() error {
	return s.fail(abi.ID{}, fmt.Errorf("%w: more than %d bytes when resolved", ErrTooLarge, s.limits.Bytes))
}

// malformed makes an error of bytes inside the item that plan is in.
func (s *splicer) malformed(raw abi.Raw, err error) error {
	var syntax *abi.SyntaxError
	if errors.As(err, &syntax) {
		s.trail = append(s.trail, hop{raw, syntax.Offset})
	}
	return s.fail(abi.ID{}, err)
}

// asResolveError gives what abi.Check says about a resolved item a path.
func asResolveError(raw abi.Raw, err error, lim Limits) error {
	var syntax *abi.SyntaxError
	if !errors.As(err, &syntax) {
		return &ResolveError{Err: err}
	}
	path := PathAt(raw, syntax.Offset)
	switch syntax.Reason {
	case abi.ReasonDuplicateKey:
		err = fmt.Errorf("%w: %w", ErrDuplicateKey, err)
		if last := len(path) - 1; last >= 0 {
			path[last] = keyOf(path[last])
		}
	case abi.ReasonDepth:
		err = fmt.Errorf("%w: more than %d deep: %w", ErrDepth, lim.Depth, err)
		path = path[:min(len(path), 8)] // the beginning of a path that is too long
	case abi.ReasonItems, abi.ReasonSize:
		err = fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return &ResolveError{Path: path, Err: err}
}

// keyOf makes a step into a key a step to what is under it.
func keyOf(s Step) Step {
	if s.Kind == StepInKey {
		s.Kind = StepKey
	}
	return s
}
