package host

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/futures/slots"
	"github.com/pledge-wasm/pledge/host/internal/engine"
	"github.com/pledge-wasm/pledge/host/internal/linmem"
)

// Host runs tasks. It is made once and used by any number of goroutines.
type Host struct {
	config    Config
	engine    *engine.Engine
	scheduler scheduler
	tags      slots.Limiter
	hooks     *futures.Hooks // shared by the runs that have none of their own

	stopJanitor chan struct{}
	janitor     sync.WaitGroup

	closing  sync.Once
	closed   chan struct{} // closed when the first Close is over
	closeErr error         // written before closed is

	life    context.Context // ends when Close begins
	endLife context.CancelCauseFunc
	loads   sync.WaitGroup // loads under way; grows under mu while modules is not nil

	mu      sync.Mutex
	modules map[*Module]struct{} // nil once closed
	codes   map[[32]byte]*codeEntry
}

// New makes a host. ctx bounds only New itself. The caller closes the host.
func New(ctx context.Context, config Config) (*Host, error) {
	return open(ctx, config, engine.Options{})
}

// open is New with settings of the engine that only tests make.
func open(ctx context.Context, config Config, opts engine.Options) (*Host, error) {
	config = config.withDefaults()
	if err := config.validate(); err != nil {
		return nil, err
	}
	opts.CacheDir = config.CacheDir
	opts.Budget = linmem.NewBudget(uint64(config.Memory))
	e, err := engine.New(ctx, opts)
	if err != nil {
		return nil, engineError(err)
	}
	h := &Host{
		config:      config,
		engine:      e,
		scheduler:   scheduler{limit: config.Concurrency, queue: config.Queue},
		stopJanitor: make(chan struct{}),
		closed:      make(chan struct{}),
		modules:     make(map[*Module]struct{}),
		codes:       make(map[[32]byte]*codeEntry),
	}
	h.life, h.endLife = context.WithCancelCause(context.Background())
	for tag, n := range config.TagLimits {
		h.tags.SetLimit(tag, int64(n))
	}
	if config.OnState != nil {
		h.hooks = &futures.Hooks{State: config.OnState}
	}
	h.janitor.Go(h.sweep)
	return h, nil
}

// Close ends the host: nothing more is accepted, runs that have not started are
// cancelled, and those that run may finish until ctx ends; then they are
// stopped, which takes a slice of fuel, or as long as a granted function needs
// that does not heed its context. When Close returns, every future is terminal
// and everything is released. The error says only that ctx ended first and runs
// were stopped, or that the engine could not be closed. Later calls wait for the
// first and return what it returned.
//
// Close must not be called by granted functions, nor by what is told of states
// and reports: it would wait for its own caller.
func (h *Host) Close(ctx context.Context) error {
	h.closing.Do(func() {
		h.closeErr = h.shutdown(ctx)
		close(h.closed)
	})
	<-h.closed
	return h.closeErr
}

func (h *Host) shutdown(ctx context.Context) error {
	h.endLife(ErrClosed)
	live := h.scheduler.close()
	for _, r := range live {
		r.cancelPending(ErrClosed)
	}
	done := make(chan struct{})
	go func() {
		h.scheduler.active.Wait()
		close(done)
	}()
	var err error
	select {
	case <-done:
	case <-ctx.Done():
		for _, r := range live {
			if r.promise.Any().Cancel(ErrClosed) {
				err = fmt.Errorf("host: close: running tasks were stopped: %w", context.Cause(ctx))
			}
		}
		<-done
	}

	close(h.stopJanitor)
	h.janitor.Wait()
	h.mu.Lock()
	modules := h.modules
	h.modules = nil
	h.mu.Unlock()
	h.loads.Wait()
	for m := range modules {
		m.program.Close()
	}
	if closeErr := h.engine.Close(context.WithoutCancel(ctx)); err == nil && closeErr != nil {
		err = fmt.Errorf("host: close: %w", closeErr)
	}
	return err
}

// loading counts a load in, which ends with the host at the latest.
func (h *Host) loading(ctx context.Context) (bound context.Context, done func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.modules == nil || h.life.Err() != nil {
		return nil, nil, ErrClosed
	}
	h.loads.Add(1)
	bound, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(h.life, func() { cancel(ErrClosed) })
	return bound, func() {
		stop()
		cancel(nil)
		h.loads.Done()
	}, nil
}

// An instance that has been idle for restTime gives back the memory that it
// shares with no other, and after idleTime it goes.
const (
	restTime = 2 * time.Second
	idleTime = 60 * time.Second
)

// sweep makes idle instances smaller from time to time.
func (h *Host) sweep() {
	ticker := time.NewTicker(restTime)
	defer ticker.Stop()
	for {
		select {
		case <-h.stopJanitor:
			return
		case now := <-ticker.C:
			for _, m := range h.loaded() {
				m.program.Trim(now.Add(-restTime), now.Add(-idleTime))
			}
		}
	}
}

func (h *Host) loaded() []*Module {
	h.mu.Lock()
	defer h.mu.Unlock()
	modules := make([]*Module, 0, len(h.modules))
	for m := range h.modules {
		modules = append(modules, m)
	}
	return modules
}
