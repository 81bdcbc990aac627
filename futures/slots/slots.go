// Package slots answers one question: may this run start now, or are too many
// of its kind running already?
package slots

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
)

// ErrNever is why a claim is refused that would never be granted: it asks for
// more than the limit of its tag.
var ErrNever = errors.New("more than the limit")

// Limiter bounds, per tag, the total weight of what runs at once. Tags without a
// limit are free. Claims are granted in the order of their coming per tag, all
// of a claim's tags at the same moment, so that claims with tags in common
// cannot block one another for ever; and at the moment a slot becomes free, with
// no polling. The zero value has no limits. It is safe for concurrent use.
type Limiter struct {
	mu   sync.Mutex
	tags map[string]*tag // guarded by mu
}

// tag is a limit, how much of it is used, and who waits.
type tag struct {
	limited bool
	limit   int64
	used    int64
	queue   list.List // of *Claim, in the order of their coming
}

// Need is a weight under a tag. Weights below 1 count as 1.
type Need struct {
	Tag    string
	Weight int64
}

// SetLimit bounds a tag from now on. What runs goes on, even if it is more; a
// limit of 0 lets nothing start. Negative means no limit.
func (l *Limiter) SetLimit(name string, n int64) {
	l.mu.Lock()
	t := l.tag(name)
	t.limited, t.limit = n >= 0, n
	granted := l.grant([]*tag{t}, nil)
	l.mu.Unlock()
	tell(granted)
}

// Used returns the weight that runs under a tag, and how many claims wait.
func (l *Limiter) Used(name string) (weight int64, waiting int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tag(name)
	return t.used, t.queue.Len()
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
	l.mu.Lock()
	for _, n := range merged(needs) {
		t := l.tag(n.Tag)
		if t.limited && t.limit > 0 && n.Weight > t.limit {
			l.mu.Unlock()
			return nil, fmt.Errorf("slots: claim of %d under %q: %w of %d", n.Weight, n.Tag, ErrNever, t.limit)
		}
		c.parts = append(c.parts, part{tag: t, weight: n.Weight})
	}
	for i := range c.parts {
		p := &c.parts[i]
		p.place = p.tag.queue.PushBack(c)
	}
	now := l.grantIfFirst(c)
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
	granted := l.grant(freed, nil)
	l.mu.Unlock()
	tell(granted)
}

// grant goes through the queues of tags in which something has changed, and
// grants what can be. mu must be held.
func (l *Limiter) grant(changed []*tag, granted []*Claim) []*Claim {
	for len(changed) > 0 {
		t := changed[len(changed)-1]
		first := t.queue.Front()
		if first == nil || !l.grantIfFirst(first.Value.(*Claim)) {
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

// grantIfFirst grants a claim if it is the first under each of its tags and
// fits. mu must be held.
func (l *Limiter) grantIfFirst(c *Claim) bool {
	for _, p := range c.parts {
		if p.tag.queue.Front() != p.place || p.tag.limited && p.tag.used+p.weight > p.tag.limit {
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
		t = new(tag)
		if l.tags == nil {
			l.tags = make(map[string]*tag)
		}
		l.tags[name] = t
	}
	return t
}

// merged adds up the needs under the same tag, in order.
func merged(needs []Need) (out []Need) {
	at := make(map[string]int, len(needs))
	for _, n := range needs {
		n.Weight = max(n.Weight, 1)
		if i, ok := at[n.Tag]; ok {
			out[i].Weight += n.Weight
			continue
		}
		at[n.Tag] = len(out)
		out = append(out, n)
	}
	return out
}
