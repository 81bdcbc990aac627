// Package slots answers one question: may this run start now, or are too many
// of its kind running already?
package slots

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// ErrNever is why a claim is refused that would never be granted: it asks for
// more than the limit of its tag.
var ErrNever = errors.New("more than the limit")

// Limiter bounds, per tag, the total weight of what runs at once. Tags without a
// limit are free: nobody waits for them or behind them. Under the others claims
// are granted in the order of their coming, all of a claim's tags at the same
// moment, so that claims with tags in common cannot block one another for ever;
// and at the moment a slot becomes free, with no polling. The zero value has no
// limits. It is safe for concurrent use.
type Limiter struct {
	mu   sync.Mutex
	tags map[string]*tag // guarded by mu
}

// tag is a limit, how much of it is used, and who waits.
type tag struct {
	name    string
	limited bool
	limit   int64
	used    int64
	queue   list.List // of *Claim, in the order of their coming
}

// blocks reports whether the tag keeps the claim whose part this is waiting.
func (t *tag) blocks(p part) bool {
	return t.limited && (t.queue.Front() != p.place || p.weight > t.limit-t.used)
}

// Need is a weight under a tag, from 1 to 2^32; others count as the nearer of
// the two.
type Need struct {
	Tag    string
	Weight int64
}

const heaviest = 1 << 32

// SetLimit bounds a tag from now on. What runs goes on, even if it is more. A
// claim that waits and is over the new limit goes on waiting, and so do those
// behind it, until the limit is raised or it is released; so a limit of 0 lets
// nothing start. Negative means no limit.
func (l *Limiter) SetLimit(name string, n int64) {
	l.mu.Lock()
	t := l.tag(name)
	t.limited, t.limit = n >= 0, n
	var granted []*Claim
	if t.limited {
		granted = l.grant([]*tag{t}, nil)
	} else {
		granted = l.grantAll(t)
		l.tidy(t)
	}
	l.mu.Unlock()
	tell(granted)
}

// Used returns the weight that runs under a tag, and how many claims wait.
func (l *Limiter) Used(name string) (weight int64, waiting int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t, ok := l.tags[name]; ok {
		return t.used, t.queue.Len()
	}
	return 0, 0
}

// Acquire waits until all the needs are met at once. It returns how to give them
// back, which must be called, best by defer; calling it again does nothing. The
// error is ctx's cause, with nothing held, or [ErrNever].
func (l *Limiter) Acquire(ctx context.Context, needs ...Need) (release func(), err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	got := make(chan struct{})
	c, err := l.Claim(func(*Claim) { close(got) }, needs...)
	if err != nil {
		return nil, err
	}
	select {
	case <-got:
		return c.Release, nil
	case <-ctx.Done():
		c.Release()
		return nil, context.Cause(ctx)
	}
}

// Claim is Acquire without waiting: granted is called once the needs are met,
// perhaps before Claim returns, on the goroutine that made that possible. It
// must not block. Until then a claim costs no goroutine.
func (l *Limiter) Claim(granted func(*Claim), needs ...Need) (*Claim, error) {
	c := &Claim{l: l, granted: granted}
	needs = merged(needs)
	l.mu.Lock()
	for _, n := range needs {
		if t, ok := l.tags[n.Tag]; ok && t.limited && t.limit > 0 && n.Weight > t.limit {
			l.mu.Unlock()
			return nil, fmt.Errorf("slots: claim of %d under %q: %w of %d", n.Weight, n.Tag, ErrNever, t.limit)
		}
	}
	c.parts = make([]part, len(needs))
	for i, n := range needs {
		t := l.tag(n.Tag)
		c.parts[i] = part{tag: t, weight: n.Weight, place: t.queue.PushBack(c)}
	}
	now := l.grantIfFree(c)
	l.mu.Unlock()
	if now {
		granted(c)
	}
	return c, nil
}

// Claim is a number of needs, waiting or granted.
type Claim struct {
	l       *Limiter
	granted func(*Claim)
	parts   []part

	// Guarded by l.mu.
	holds bool
	over  bool
}

// part is a need with its place in the queue, nil once granted.
type part struct {
	tag    *tag
	weight int64
	place  *list.Element
}

// Release gives back what the claim holds, or takes it out of the queues if it
// holds nothing yet. Calling it again does nothing.
func (c *Claim) Release() {
	l := c.l
	l.mu.Lock()
	if c.over {
		l.mu.Unlock()
		return
	}
	c.over = true
	freed := make([]*tag, 0, len(c.parts))
	for i := range c.parts {
		p := &c.parts[i]
		if c.holds {
			p.tag.used -= p.weight
		} else {
			p.tag.queue.Remove(p.place)
		}
		freed = append(freed, p.tag)
	}
	granted := l.grant(slices.Clone(freed), nil)
	for _, t := range freed {
		l.tidy(t)
	}
	l.mu.Unlock()
	tell(granted)
}

// grant goes through the queues of tags in which something has changed, and
// grants what can be. mu must be held.
func (l *Limiter) grant(changed []*tag, granted []*Claim) []*Claim {
	for len(changed) > 0 {
		t := changed[len(changed)-1]
		first := t.queue.Front()
		if !t.limited || first == nil || !l.grantIfFree(first.Value.(*Claim)) {
			changed = changed[:len(changed)-1]
			continue
		}
		c := first.Value.(*Claim)
		granted = append(granted, c)
		for _, p := range c.parts {
			if p.tag != t {
				changed = append(changed, p.tag) // it has another first one now
			}
		}
	}
	return granted
}

// grantAll grants what can be of the claims under a tag that has lost its limit.
// mu must be held.
func (l *Limiter) grantAll(t *tag) (granted []*Claim) {
	var changed []*tag
	for e := t.queue.Front(); e != nil; {
		c := e.Value.(*Claim)
		e = e.Next()
		if l.grantIfFree(c) {
			granted = append(granted, c)
			for _, p := range c.parts {
				changed = append(changed, p.tag)
			}
		}
	}
	return l.grant(changed, granted)
}

// grantIfFree grants a claim if none of its tags keeps it waiting. mu must be
// held.
func (l *Limiter) grantIfFree(c *Claim) bool {
	for _, p := range c.parts {
		if p.tag.blocks(p) {
			return false
		}
	}
	for i := range c.parts {
		p := &c.parts[i]
		p.tag.queue.Remove(p.place)
		p.place = nil
		p.tag.used += p.weight
	}
	c.holds = true
	return true
}

func tell(granted []*Claim) {
	for _, c := range granted {
		c.granted(c)
	}
}

// tag returns the tag of that name. mu must be held.
func (l *Limiter) tag(name string) *tag {
	t, ok := l.tags[name]
	if !ok {
		t = &tag{name: name}
		if l.tags == nil {
			l.tags = make(map[string]*tag)
		}
		l.tags[name] = t
	}
	return t
}

// tidy forgets a tag that says nothing. mu must be held.
func (l *Limiter) tidy(t *tag) {
	if !t.limited && t.used == 0 && t.queue.Len() == 0 && l.tags[t.name] == t {
		delete(l.tags, t.name)
	}
}

// merged adds up the needs under the same tag, in order.
func merged(needs []Need) (out []Need) {
	at := make(map[string]int, len(needs))
	for _, n := range needs {
		n.Weight = min(max(n.Weight, 1), heaviest)
		if i, ok := at[n.Tag]; ok {
			out[i].Weight = min(out[i].Weight+n.Weight, heaviest)
			continue
		}
		at[n.Tag] = len(out)
		out = append(out, n)
	}
	return out
}
