// Package retry answers one question: after this failure, is the run to be
// tried again, and when?
package retry

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
)

// Policy says how often, when and after what a run is tried again. The zero
// value never does. It is data: it may be copied and shared.
type Policy struct {
	// Max is the most attempts that may follow the first. 0 means none.
	Max int
	// Delays are the pauses before the second attempt, the third, and so on;
	// the last one repeats. A zero in it means at once. It excludes Initial.
	Delays []time.Duration
	// Initial is the pause before the second attempt; those after it grow by
	// Factor. 0 means no pauses, unless there are Delays.
	Initial time.Duration
	// Factor is how much longer each pause is than the one before, at least 1.
	// 0 means 2.
	Factor float64
	// Longest bounds pauses that grow, jitter not counted. 0 means one minute.
	Longest time.Duration
	// Jitter is by which part, from 0 to 1, each pause is made shorter or
	// longer at random: 0.5 makes a second half a second to one and a half.
	Jitter float64
	// If says which failures are worth another attempt. nil means [Worthwhile].
	// A panic in it is a no.
	If func(*futures.RunError) bool
}

// Fixed returns a policy of up to max retries with the same pause before each.
func Fixed(max int, pause time.Duration) Policy {
	return Policy{Max: max, Delays: []time.Duration{pause}}
}

// Exponential returns a policy of up to max retries whose pauses double from
// initial up to a minute.
func Exponential(max int, initial time.Duration) Policy {
	return Policy{Max: max, Initial: initial}
}

// Validate returns an error that says which field is wrong, nil if none is.
func (p Policy) Validate() error {
	switch {
	case p.Max < 0:
		return fmt.Errorf("retry: Max is %d; it must not be negative", p.Max)
	case len(p.Delays) > 0 && p.Initial != 0:
		return errors.New("retry: Delays and Initial are both set; use one of them")
	case p.Initial < 0:
		return fmt.Errorf("retry: Initial is %v; it must not be negative", p.Initial)
	case p.Longest < 0:
		return fmt.Errorf("retry: Longest is %v; it must not be negative", p.Longest)
	case p.Factor != 0 && !(p.Factor >= 1 && p.Factor <= math.MaxInt32):
		return fmt.Errorf("retry: Factor is %v; it must be at least 1", p.Factor)
	case !(p.Jitter >= 0 && p.Jitter <= 1):
		return fmt.Errorf("retry: Jitter is %v; it must be from 0 to 1", p.Jitter)
	}
	for i, d := range p.Delays {
		if d < 0 {
			return fmt.Errorf("retry: Delays[%d] is %v; it must not be negative", i, d)
		}
	}
	return nil
}

// Worthwhile reports whether another attempt may end differently: not if the
// run was cancelled, could not start because of its upstream, or if the task or
// the module cannot be had at all.
func Worthwhile(e *futures.RunError) bool {
	switch e.Code {
	case abi.CodeCancelled, abi.CodeUpstream, abi.CodeUnknownTask, abi.CodeModuleRejected, abi.CodeImportDenied:
		return false
	}
	return e.State != futures.Cancelled
}

// Hinted reports whether the task itself said, in the error it returned, that
// trying again may help.
func Hinted(e *futures.RunError) bool {
	var guest *abi.GuestError
	return e.Code == abi.CodeGuest && errors.As(e.Err, &guest) && guest.Retry
}

// Begin returns the schedule of one run. The policy must be valid.
func (p Policy) Begin() *Schedule {
	s := &Schedule{p: p}
	if p.Initial > 0 {
		s.grow = backoff.NewExponentialBackOff()
		s.grow.InitialInterval = p.Initial
		s.grow.RandomizationFactor = p.Jitter
		s.grow.Multiplier = 2
		if p.Factor != 0 {
			s.grow.Multiplier = p.Factor
		}
		s.grow.MaxInterval = time.Minute
		if p.Longest != 0 {
			s.grow.MaxInterval = p.Longest
		}
		s.grow.InitialInterval = min(p.Initial, s.grow.MaxInterval)
		s.grow.Reset()
	}
	return s
}

// Schedule is where one run stands in its policy. It is used by one goroutine at
// a time.
type Schedule struct {
	p    Policy
	used int
	grow *backoff.ExponentialBackOff
}

// Next says whether to try again after a failure, and after which pause.
func (s *Schedule) Next(e *futures.RunError) (pause time.Duration, again bool) {
	if s.used >= s.p.Max || !s.worth(e) {
		return 0, false
	}
	s.used++
	return s.pause(), true
}

func (s *Schedule) worth(e *futures.RunError) (yes bool) {
	if s.p.If == nil {
		return Worthwhile(e)
	}
	defer func() {
		if recover() != nil {
			yes = false
		}
	}()
	return s.p.If(e)
}

func (s *Schedule) pause() time.Duration {
	if s.grow != nil {
		return s.grow.NextBackOff()
	}
	if len(s.p.Delays) == 0 {
		return 0
	}
	d := s.p.Delays[min(s.used, len(s.p.Delays))-1]
	jittered := backoff.ExponentialBackOff{InitialInterval: d, RandomizationFactor: s.p.Jitter, Multiplier: 1, MaxInterval: d}
	return jittered.NextBackOff()
}
