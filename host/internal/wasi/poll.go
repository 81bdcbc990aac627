package wasi

import (
	"encoding/binary"
	"math"
	"time"
)

// Layout of poll_oneoff's records.
const (
	subscriptionSize = 48
	eventSize        = 32

	eventClock   = 0
	eventFdRead  = 1
	eventFdWrite = 2

	absolute = 1 // clock flag: the timeout is a moment
	hangup   = 1 // event flag: the stream has ended
)

// pollBatch is how many subscriptions are looked at between two charges.
const pollBatch = piece / subscriptionSize

// subscription is one thing that the guest waits for.
type subscription []byte

// due returns how long after at the subscription is due, and with which errno.
// What is not a clock is due at once: streams never make a guest wait.
func (b subscription) due(s *System, at instant) (wait uint64, e Errno) {
	switch b[8] {
	case eventClock:
		now, ok := at.reading(get32(b, 16))
		timeout := get64(b, 24)
		switch {
		case !ok:
			return 0, EINVAL
		case get32(b, 40)&absolute == 0:
			return timeout, ESUCCESS
		case timeout <= now:
			return 0, ESUCCESS
		}
		return timeout - now, ESUCCESS
	case eventFdRead:
		if s.role(get32(b, 16)) != stdin {
			return 0, EBADF
		}
		return 0, ESUCCESS
	case eventFdWrite:
		if !s.role(get32(b, 16)).output() {
			return 0, EBADF
		}
		return 0, ESUCCESS
	}
	return 0, EINVAL
}

// event writes what happened to b at out.
func (b subscription) event(out []byte, e Errno) {
	userdata, kind := get64(b, 0), b[8] // out may overlap b
	clear(out)
	binary.LittleEndian.PutUint64(out, userdata)
	binary.LittleEndian.PutUint16(out[8:], uint16(e))
	out[10] = kind
	switch {
	case e != ESUCCESS:
	case kind == eventFdRead:
		out[24] = hangup
	case kind == eventFdWrite:
		binary.LittleEndian.PutUint64(out[16:], piece)
	}
}

// pollOneoff lets time pass until the earliest subscription is due and answers
// with all that are due then. It goes over the subscriptions twice, to find the
// earliest and to report, and keeps nothing of its own.
func pollOneoff(s *System, m memory, p []uint64) (Errno, error) {
	n := uint64(uint32(p[2]))
	if n == 0 {
		return EINVAL, nil
	}
	in, inOK := m.slice(uint32(p[0]), n*subscriptionSize)
	out, outOK := m.slice(uint32(p[1]), n*eventSize)
	count := uint32(p[3])
	if _, ok := m.slice(count, 4); !ok || !inOK || !outOK {
		return EFAULT, nil
	}
	at := s.now()
	wait := uint64(math.MaxUint64)
	for i := range n {
		if err := s.chargeBatch(i, n); err != nil {
			return 0, err
		}
		w, _ := subscription(in[i*subscriptionSize:]).due(s, at)
		wait = min(wait, w)
	}
	passed, e, err := s.wait(wait, at)
	if e != ESUCCESS || err != nil {
		return e, err
	}
	var events uint32
	for i := range n {
		if err := s.chargeBatch(i, n); err != nil {
			return 0, err
		}
		b := subscription(in[i*subscriptionSize:])
		if w, e := b.due(s, at); w <= passed {
			b.event(out[events*eventSize:][:eventSize], e)
			events++
		}
	}
	return m.put32(count, events), nil
}

// chargeBatch charges for a batch of the n subscriptions when i begins one.
func (s *System) chargeBatch(i, n uint64) error {
	if i%pollBatch != 0 {
		return nil
	}
	return s.charge(min(pollBatch, n-i) * subscriptionSize * pollCost)
}

// wait lets d nanoseconds pass after at and returns how many did, at least d.
// On the virtual clock that takes no time at all.
func (s *System) wait(d uint64, at instant) (passed uint64, e Errno, err error) {
	switch {
	case d == 0:
		return 0, ESUCCESS, nil
	case s.grants.Clock == nil:
		s.move(d)
		return d, ESUCCESS, nil
	case s.host.Sleep == nil:
		return 0, ENOSYS, nil
	}
	if err := s.host.Sleep(time.Duration(min(d, math.MaxInt64))); err != nil {
		return 0, ESUCCESS, err
	}
	return max(d, s.now().monotonic-at.monotonic), ESUCCESS, nil
}
