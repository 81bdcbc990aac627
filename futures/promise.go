package futures

import (
	"github.com/google/uuid"

	"github.com/pledge-wasm/pledge/abi"
)

// Promise is the side of a future that settles it. It belongs to whoever runs
// the task. All methods may be called from any goroutine; the first call that
// settles wins, and all later ones report false and change nothing.
type Promise[T any] struct {
	f    Future[T] // a pointer to body, set once
	body body[T]
}

// Spec describes a promise to be made. The zero value is valid.
type Spec[T any] struct {
	// ID of the run. The default is a new UUIDv7.
	ID uuid.UUID
	// Task is the name of the task, for people.
	Task string
	// Decode makes the result from CBOR, once, for the first reader who wants
	// it typed. The default is codec.Decode. A panic in it is an error of
	// the result.
	Decode func(abi.Raw) (T, error)
	// OnCancel is called at most once, on the goroutine of the canceller, when
	// a future that is not done is cancelled. Whoever set it promises to settle
	// soon after. The default settles as Cancelled at once.
	OnCancel func(cause error)
	// Hooks may be shared by many promises.
	Hooks *Hooks
}

// Settler is what every *[Promise] is, whatever the type of its result: the
// interface for schedulers. No other type implements it.
type Settler interface {
	// Any returns the future.
	Any() Any
	// Start says that an attempt begins.
	Start() bool
	// Retry says that the attempt failed and another one will follow.
	Retry(err error) bool
	// Progress publishes a report of the running task.
	Progress(raw abi.Raw) bool
	// CancelCause returns why the future was cancelled, or nil if it was not.
	CancelCause() error
	// CompleteRaw settles with a result that is one item of CBOR.
	CompleteRaw(raw abi.Raw) bool
	// CompleteCached is CompleteRaw for a result of an earlier run.
	CompleteCached(raw abi.Raw) bool
	// Fail settles without a result.
	Fail(err *RunError) bool
	// Evict drops the result.
	Evict() bool

	settler()
}

// NewPromise returns a promise whose future is Pending.
func NewPromise[T any](spec Spec[T]) *Promise[T] {
	p := new(Promise[T])
	p.f.body = &p.body
	p.body.res.decode = spec.Decode
	p.body.init(&p.f, spec.ID, spec.Task, spec.Hooks, spec.OnCancel)
	return p
}

func (p *Promise[T]) settler() {}

// Future returns the future, always the same.
func (p *Promise[T]) Future() *Future[T] { return &p.f }

// Any returns the future without its type.
func (p *Promise[T]) Any() Any { return &p.f }

// Start says that an attempt begins: the state becomes Running and the number
// of the attempt goes up by one. It reports false, and nothing changes, if the
// future is done or an attempt is under way.
func (p *Promise[T]) Start() bool {
	return p.body.step(Running, nil)
}

// Retry says that the attempt under way has failed, of err, and that another
// one will follow: the state becomes Retrying until Start. It reports false if
// no attempt is under way.
func (p *Promise[T]) Retry(err error) bool {
	return p.body.step(Retrying, err)
}

func (c *core) step(to State, err error) bool {
	c.mu.Lock()
	from := c.State()
	if from.Terminal() || from == to || to == Retrying && from != Running {
		c.mu.Unlock()
		return false
	}
	if to == Running {
		c.attempt++
	}
	c.record(to, err)
	c.state.Store(uint32(to))
	c.mu.Unlock()
	c.deliver()
	return true
}

// Progress publishes a report of the running task, one item of CBOR that must
// not be modified after. Only the latest report is kept. It reports false once
// the future is done.
func (p *Promise[T]) Progress(raw abi.Raw) bool {
	c := &p.body.core
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.State().Terminal() {
		return false
	}
	c.progress = raw
	c.reports++
	c.wake()
	return true
}

// CancelCause returns the cause given to the future's Cancel, or nil as long
// as nobody has called that.
func (p *Promise[T]) CancelCause() error {
	p.body.mu.Lock()
	defer p.body.mu.Unlock()
	return p.body.cause
}

// Complete settles with a result.
func (p *Promise[T]) Complete(v T) bool {
	return p.complete(false, func() { p.body.res.setValue(v) })
}

// CompleteRaw settles with a result that is one item of CBOR, as abi.Check
// accepts it, which must not be modified after. It is decoded when somebody
// wants it typed, at most once; an error of that is a *[ResultError] of those
// readers and leaves the future Completed.
func (p *Promise[T]) CompleteRaw(raw abi.Raw) bool {
	return p.complete(false, func() { p.body.res.setRaw(raw) })
}

// CompleteCached is CompleteRaw for a result of an earlier run: the future's
// Cached reports true.
func (p *Promise[T]) CompleteCached(raw abi.Raw) bool {
	return p.complete(true, func() { p.body.res.setRaw(raw) })
}

func (p *Promise[T]) complete(cached bool, set func()) bool {
	c := &p.body.core
	c.mu.Lock()
	if c.State().Terminal() {
		c.mu.Unlock()
		return false
	}
	set()
	c.cached = cached
	c.finish(Completed, nil)
	return true
}

// Fail settles without a result. The future keeps a copy of err in which the ID
// is its own, and Task and Attempt are filled in if they are empty. If State is
// not one of the terminal states of failure, it follows from the code (see
// [StateOf]); a nil err is a crash without a cause.
func (p *Promise[T]) Fail(err *RunError) bool {
	c := &p.body.core
	if err == nil {
		err = &RunError{Code: abi.CodeHostError}
	}
	to := err.State
	if !to.Terminal() || to == Completed {
		to = StateOf(err.Code)
	}
	c.mu.Lock()
	if c.State().Terminal() {
		c.mu.Unlock()
		return false
	}
	c.finish(to, err)
	return true
}

// Evict drops the result of a completed future to free its memory. Readers get
// a *[ResultError] of [ErrEvicted] from then on. It reports false if there is no
// result to drop.
func (p *Promise[T]) Evict() bool {
	if p.body.State() != Completed {
		return false
	}
	p.body.res.evict()
	return true
}
