package futures

import (
	"context"
	"sync"
)

// arrivals hands on futures in the order in which they are done. It is the
// listener of all of them and has one consumer.
type arrivals struct {
	watchers []watcher
	cores    []*core
	signal   chan struct{} // holds a token if ready may have grown

	mu    sync.Mutex
	ready []int // guarded by mu
}

// listen registers with all the futures; those done already arrive at once, in
// the order given.
func listen(cores []*core) *arrivals {
	a := &arrivals{
		watchers: make([]watcher, len(cores)),
		cores:    cores,
		signal:   make(chan struct{}, 1),
		ready:    make([]int, 0, len(cores)),
	}
	for i, c := range cores {
		w := &a.watchers[i]
		w.to, w.index = a, i
		if !c.watch(w) {
			a.settled(i)
		}
	}
	return a
}

func (a *arrivals) settled(i int) {
	a.mu.Lock()
	a.ready = append(a.ready, i)
	a.mu.Unlock()
	select {
	case a.signal <- struct{}{}:
	default:
	}
}

// next returns the index of the n-th arrival. It reports false if ctx ends
// before that; what has arrived is handed out even then.
func (a *arrivals) next(ctx context.Context, n int) (int, bool) {
	for {
		a.mu.Lock()
		if n < len(a.ready) {
			i := a.ready[n]
			a.mu.Unlock()
			return i, true
		}
		a.mu.Unlock()
		select {
		case <-a.signal:
			continue
		case <-ctx.Done():
		}
		a.mu.Lock()
		late := n >= len(a.ready)
		a.mu.Unlock()
		if late {
			return 0, false
		}
	}
}

// leave takes back all registrations that are still there.
func (a *arrivals) leave() {
	for i, c := range a.cores {
		if !c.State().Terminal() {
			c.unwatch(&a.watchers[i])
		}
	}
}

// distinct returns the futures in order, each once, and their cores.
func distinct[F Any](fs []F) ([]F, []*core) {
	cores := make([]*core, 0, len(fs))
	if len(fs) < 2 {
		for _, f := range fs {
			cores = append(cores, f.base())
		}
		return fs, cores
	}
	once := make([]F, 0, len(fs))
	seen := make(map[*core]struct{}, len(fs))
	for _, f := range fs {
		c := f.base()
		if _, again := seen[c]; again {
			continue
		}
		seen[c] = struct{}{}
		once = append(once, f)
		cores = append(cores, c)
	}
	return once, cores
}
