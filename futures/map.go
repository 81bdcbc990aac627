package futures

import (
	"context"
	"errors"
	"iter"
	"sync"
)

// ErrAbandoned is the cause with which [Map] cancels runs that it has submitted
// and whose futures its consumer no longer wants.
var ErrAbandoned = errors.New("abandoned by the consumer of the sequence")

// Map submits one run per element of seq, which may be infinite, and yields
// their futures in the order of the elements. It submits ahead of the consumer,
// as long as fewer than limit of the runs are under way and fewer than limit
// futures have not been yielded; so a consumer that waits for each future in
// turn keeps limit runs busy, and one that waits for none is held back until
// runs end. One element more than has been submitted is taken from seq. A limit
// below 1 means 1.
//
// An error of submit is yielded in the place of the future, with a nil future,
// and the consumer decides whether to go on. When ctx ends, no more elements are
// taken, what was submitted is yielded, and the last pair is a *[WaitError]
// whose Unfinished counts those of the runs that were under way.
//
// Everything happens on the consumer's goroutine. When it breaks off, the runs
// whose futures it has not seen are cancelled with [ErrAbandoned].
func Map[A any, F Any](ctx context.Context, limit int, seq iter.Seq[A], submit func(context.Context, A) (F, error)) iter.Seq2[F, error] {
	return func(yield func(F, error) bool) {
		m := &mapping[F]{limit: max(limit, 1), ended: make(chan struct{}, 1)}
		defer m.abandon()
		next, stop := iter.Pull(seq)
		defer stop()
		a, more := next()
		for {
			for more && m.room() && ctx.Err() == nil {
				m.add(submit(ctx, a))
				a, more = next()
			}
			switch {
			case len(m.ahead) > 0:
				if !yield(m.pop()) {
					return
				}
			case !more:
				return
			case ctx.Err() != nil:
				var none F
				yield(none, newWaitError(ctx, m.busy(), m.total))
				return
			default: // as many as may be are under way, and all are yielded
				select {
				case <-m.ended:
				case <-ctx.Done():
				}
			}
		}
	}
}

// mapping is the state of one loop over Map.
type mapping[F Any] struct {
	limit int
	total int           // runs submitted
	ahead []mapped[F]   // not yet yielded, oldest first
	slots []*mappedSlot // one for each run that was under way at once
	ended chan struct{} // holds a token if a run may have ended

	mu   sync.Mutex
	free []int // slots whose run has ended; guarded by mu
}

type mapped[F Any] struct {
	f   F
	err error
}

type mappedSlot struct {
	watcher
	c *core
}

// settled implements listener.
func (m *mapping[F]) settled(slot int) {
	m.mu.Lock()
	m.free = append(m.free, slot)
	m.mu.Unlock()
	select {
	case m.ended <- struct{}{}:
	default:
	}
}

// busy returns how many runs are under way.
func (m *mapping[F]) busy() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.slots) - len(m.free)
}

func (m *mapping[F]) room() bool { return len(m.ahead) < m.limit && m.busy() < m.limit }

func (m *mapping[F]) add(f F, err error) {
	if err != nil {
		var none F
		m.ahead = append(m.ahead, mapped[F]{none, err})
		return
	}
	m.total++
	m.ahead = append(m.ahead, mapped[F]{f, nil})
	s := m.slot()
	s.c = f.base()
	if !s.c.watch(&s.watcher) {
		m.settled(s.index)
	}
}

// slot returns a slot that is free.
func (m *mapping[F]) slot() *mappedSlot {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.free); n > 0 {
		s := m.slots[m.free[n-1]]
		m.free = m.free[:n-1]
		return s
	}
	s := new(mappedSlot)
	s.to, s.index = m, len(m.slots)
	m.slots = append(m.slots, s)
	return s
}

func (m *mapping[F]) pop() (F, error) {
	first := m.ahead[0]
	m.ahead[0] = mapped[F]{}
	m.ahead = m.ahead[1:]
	return first.f, first.err
}

func (m *mapping[F]) abandon() {
	for _, s := range m.slots {
		s.c.unwatch(&s.watcher)
	}
	for _, a := range m.ahead {
		if a.err == nil {
			a.f.Cancel(ErrAbandoned)
		}
	}
}
