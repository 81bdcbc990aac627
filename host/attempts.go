package host

import (
	"fmt"
	"reflect"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host/internal/engine"
)

// plan prepares what concerns the run as a whole: whom it comes after, its
// retries and its total time-out.
func (r *run) plan() error {
	for i, f := range r.options.after {
		if f == nil || reflect.ValueOf(f).IsNil() {
			return fmt.Errorf("host: After: future %d is nil", i)
		}
	}
	if p := r.options.retry; p != nil {
		if err := p.Validate(); err != nil {
			return fmt.Errorf("host: Retry: %w", err)
		}
		r.schedule = p.Begin()
	}
	switch d := r.options.total; {
	case d < 0:
		return fmt.Errorf("host: TotalTimeout of %v: want a positive duration", d)
	case d > 0:
		r.end = time.Now().Add(d)
	}
	return nil
}

// expire ends a run whose total time is over.
func (r *run) expire() {
	message := "total " + deadlineMessage(r.options.total)
	attempt, waiting := r.interrupt()
	switch {
	case waiting:
		r.fail(abi.CodeDeadline, &LimitError{Code: abi.CodeDeadline, Phase: "run", Message: message})
	case attempt != nil:
		attempt.Stop(abi.CodeDeadline, message, nil)
	}
}

// again puts the run off until its next attempt. It reports false when there is
// to be none.
func (r *run) again(err *futures.RunError) bool {
	if r.schedule == nil {
		return false
	}
	err.ID, err.Attempt = r.promise.Any().ID(), r.attempts
	pause, again := r.schedule.Next(err)
	if !again || !r.end.IsZero() && time.Now().Add(pause).After(r.end) || !r.promise.Retry(err) {
		return false
	}
	r.mu.Lock()
	r.attempt = nil
	r.phase = phaseWaiting
	claim := r.claim
	r.claim = nil
	r.mu.Unlock()
	if claim != nil {
		claim.Release()
	}
	// What came between the attempt and now has found nothing to stop.
	cause := r.promise.CancelCause()
	if cause == nil && r.host.life.Err() != nil {
		cause = ErrClosed
	}
	if cause != nil {
		r.fail(abi.CodeCancelled, cause)
		return true
	}
	if pause <= 0 {
		r.restart()
		return true
	}
	t := time.AfterFunc(pause, r.restart)
	r.onSettle(func() { t.Stop() })
	return true
}

// restart gets in line once more, behind the others.
func (r *run) restart() {
	r.host.scheduler.rejoin(r)
	r.proceed()
}

// interrupt takes hold of the run: waiting says that it was not running and
// never will be, attempt is what has to be stopped otherwise.
func (r *run) interrupt() (attempt *engine.Run, waiting bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.phase == phaseWaiting {
		r.phase = phaseDone
		return nil, true
	}
	return r.attempt, false
}
