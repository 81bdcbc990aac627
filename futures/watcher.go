package futures

// listener is told once, without locks held, that the future it watches under
// the given index is done. It must not block.
type listener interface{ settled(index int) }

// watcher ties one listener to one future. It is a link of the future's list,
// so that leaving costs the same however many others watch.
type watcher struct {
	to         listener
	index      int
	prev, next *watcher
	linked     bool
}

// list holds watchers in the order of their coming.
type list struct{ head, tail *watcher }

// take empties the list and returns its first link; the links stay chained
// forwards.
func (l *list) take() *watcher {
	first := l.head
	for w := first; w != nil; w = w.next {
		w.linked, w.prev = false, nil
	}
	*l = list{}
	return first
}

// watch registers w. It returns false, and w will not be told, if the future
// is done already.
func (c *core) watch(w *watcher) bool {
	if c.State().Terminal() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.State().Terminal() {
		return false
	}
	l := &c.watchers
	w.linked, w.prev, w.next = true, l.tail, nil
	if l.tail == nil {
		l.head = w
	} else {
		l.tail.next = w
	}
	l.tail = w
	return true
}

// unwatch takes w out and reports whether it did: false means that w has been
// told, is being told, or was not registered.
func (c *core) unwatch(w *watcher) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !w.linked {
		return false
	}
	l := &c.watchers
	if w.prev == nil {
		l.head = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		l.tail = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.linked, w.prev, w.next = false, nil, nil
	return true
}

// observer is the listener behind OnDone.
type observer struct {
	watcher
	c *core
	f func()
}

func (o *observer) settled(int) { go o.c.contain("OnDone observer", o.f) }

// OnDone arranges to call f in its own goroutine once the future is done, at
// once if it is done already. Each registered f is called exactly once; one
// that blocks holds up nobody, and a panic in it is contained (see [Hooks]).
//
// Calling stop takes f back. It reports whether it did: false means that f has
// been started or was stopped before. stop does not wait for f.
func (c *core) OnDone(f func()) (stop func() bool) {
	o := &observer{c: c, f: f}
	o.to = o
	if !c.watch(&o.watcher) {
		o.settled(0)
	}
	return func() bool { return c.unwatch(&o.watcher) }
}
