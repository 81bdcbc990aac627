package memo

import (
	"context"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
)

// Cache settles runs whose result is known, and lets one run stand for all that
// have the same key. It is safe for concurrent use.
type Cache struct {
	// Store keeps results. nil means that none are kept, and only runs at the
	// same time are shared. It must not change after first use.
	Store Store
	// OnError is told, by key, of what the store could not do, panics included;
	// the run goes on without it. nil means nobody is told.
	OnError func(Key, error)

	hits, shared, misses atomic.Uint64

	mu      sync.Mutex
	flights map[Key]*flight // guarded by mu
	ended   uint64          // how many flights have ended; guarded by mu
}

// Stats counts what became of runs.
type Stats struct {
	Hits   uint64 // settled from the store
	Shared uint64 // settled by another run in flight
	Misses uint64 // run
}

// Options are those of one run. The zero value keeps results for ever and no
// failures.
type Options struct {
	// TTL is how long a result is good. 0 means for ever.
	TTL time.Duration
	// Refresh makes it run even if the result is known, and keep the new one.
	Refresh bool
	// Failures makes it keep failures too, if they are a function of the
	// arguments, see [Repeatable].
	Failures bool
}

// flight is a run and those that wait for what it comes to.
type flight struct {
	leader  member
	waiting []member // guarded by Cache.mu
}

type member struct {
	s   futures.Settler
	o   Options
	run func()
}

// Stats returns the counts so far.
func (c *Cache) Stats() Stats {
	return Stats{Hits: c.hits.Load(), Shared: c.shared.Load(), Misses: c.misses.Load()}
}

// Do sees to it that s is settled: with the result kept under the key, in which
// case its future is marked as cached; with what a run in flight under the same
// key comes to; or else by calling run, which must start something that settles
// s. run is called at most once, on this or another goroutine, and not if the
// future is done by then.
//
// A run in flight that is cancelled, times out, or fails for a reason of its own
// does not decide for others: the next of them is run in its place. It is
// always good to cancel a future of this; that does not touch the others.
func (c *Cache) Do(key Key, s futures.Settler, o Options, run func()) {
	m := member{s, o, run}
	c.mu.Lock()
	joined, ended := c.join(key, m), c.ended
	c.mu.Unlock()
	if joined {
		return
	}
	if e, ok := c.get(key, o); ok {
		c.hit(m, e)
		return
	}
	c.mu.Lock()
	if c.join(key, m) {
		c.mu.Unlock()
		return
	}
	f := &flight{leader: m}
	if c.flights == nil {
		c.flights = make(map[Key]*flight)
	}
	c.flights[key] = f
	late := c.ended != ended // one may have ended after the look into the store
	c.mu.Unlock()

	if late {
		if e, ok := c.get(key, o); ok {
			c.hit(m, e)
			c.share(key, f, e)
			return
		}
	}
	c.lead(key, f)
}

// join makes m wait for the flight under its key, if there is one that will do.
// mu must be held.
func (c *Cache) join(key Key, m member) bool {
	f, ok := c.flights[key]
	if !ok || m.o.Refresh {
		return false
	}
	f.waiting = append(f.waiting, m)
	return true
}

func (c *Cache) hit(m member, e Entry) {
	if settle(m.s, e) {
		c.hits.Add(1)
	}
}

// lead runs the flight's leader.
func (c *Cache) lead(key Key, f *flight) {
	c.misses.Add(1)
	future := f.leader.s.Any()
	future.OnDone(func() { c.landed(key, f) })
	if !future.State().Terminal() {
		f.leader.run()
	}
}

// landed is called when the flight's leader is done.
func (c *Cache) landed(key Key, f *flight) {
	e, ok := outcome(f.leader.s.Any())
	if !ok {
		c.pass(key, f)
		return
	}
	c.serve(f, e) // before the store, which may be slow
	if (e.Failure == nil || f.leader.o.Failures) && c.current(key, f) {
		if ttl := f.leader.o.TTL; ttl != 0 {
			e.Expires = time.Now().Add(ttl)
		}
		c.put(key, e)
	}
	c.share(key, f, e)
}

// current reports whether no refresh has taken the flight's place, which would
// come to something newer.
func (c *Cache) current(key Key, f *flight) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flights[key] == f
}

// pass makes the next member that still wants the result the leader.
func (c *Cache) pass(key Key, f *flight) {
	c.mu.Lock()
	for len(f.waiting) > 0 {
		next := f.waiting[0]
		f.waiting = f.waiting[1:]
		if next.s.Any().State().Terminal() {
			continue
		}
		f.leader = next
		c.mu.Unlock()
		c.lead(key, f)
		return
	}
	c.end(key, f)
	c.mu.Unlock()
}

// serve settles all who wait at the moment.
func (c *Cache) serve(f *flight, e Entry) {
	c.mu.Lock()
	waiting := f.waiting
	f.waiting = nil
	c.mu.Unlock()
	for _, m := range waiting {
		if settle(m.s, e) {
			c.shared.Add(1)
		}
	}
}

// share ends the flight and settles all who wait.
func (c *Cache) share(key Key, f *flight, e Entry) {
	c.mu.Lock()
	c.end(key, f)
	c.mu.Unlock()
	c.serve(f, e)
}

// end takes the flight out, unless a refresh has taken its place. mu must be
// held.
func (c *Cache) end(key Key, f *flight) {
	c.ended++
	if c.flights[key] == f {
		delete(c.flights, key)
	}
}

func (c *Cache) get(key Key, o Options) (e Entry, ok bool) {
	if c.Store == nil || o.Refresh {
		return Entry{}, false
	}
	c.try(key, func() (err error) {
		e, ok, err = c.Store.Get(key)
		switch {
		case err != nil:
			ok = false
		case ok && !e.good():
			ok = false
			err = c.Store.Delete(key)
		}
		return err
	})
	return e, ok && (e.Failure == nil || o.Failures)
}

func (c *Cache) put(key Key, e Entry) {
	if c.Store != nil {
		c.try(key, func() error { return c.Store.Put(key, e) })
	}
}

// try calls the store, and tells what goes wrong, panics included.
func (c *Cache) try(key Key, f func() error) {
	defer func() {
		if v := recover(); v != nil {
			c.report(key, &futures.PanicError{Where: "memo store", Value: v, Stack: debug.Stack()})
		}
	}()
	if err := f(); err != nil {
		c.report(key, err)
	}
}

func (c *Cache) report(key Key, err error) {
	if c.OnError != nil {
		c.OnError(key, err)
	}
}

// settle gives s what another run came to. It reports whether s took it.
func settle(s futures.Settler, e Entry) bool {
	if e.Failure == nil {
		return s.CompleteCached(e.Value)
	}
	again := *e.Failure
	again.Task, again.Attempt = "", 0
	return s.Fail(&again)
}

// outcome returns what a run that is done came to, or false if that says nothing
// about other runs.
func outcome(f futures.Any) (Entry, bool) {
	if f.State() == futures.Completed {
		raw, err := f.Raw(context.Background())
		return Entry{Value: raw}, err == nil
	}
	// Not by Err, which would count as somebody's having read the failure.
	h := f.History()
	e, ok := h[len(h)-1].Err.(*futures.RunError)
	return Entry{Failure: e}, ok && Repeatable(e)
}

// Repeatable reports whether a failure is a function of the task and its
// arguments, so that another run would fail of the same: what the task itself
// said, traps, and limits that do not depend on time or on what else runs.
func Repeatable(e *futures.RunError) bool {
	switch e.State {
	case futures.Failed:
		return e.Code != abi.CodeUpstream
	case futures.Crashed:
		return e.Code != abi.CodeHostError
	}
	return false
}
