package wasi_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

const (
	realtime  = 0
	monotonic = 1
)

func (w *world) clock(id uint64) uint64 {
	w.t.Helper()
	w.ok("clock_time_get", id, 0, 0)
	return w.u64(0)
}

func TestVirtualClock(t *testing.T) {
	w := newWorld(t)
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	require.EqualValues(t, start.Add(time.Microsecond).UnixNano(), w.clock(realtime), "it starts in 2020")
	require.Equal(t, wasi.Start+2*wasi.Step, w.clock(monotonic), "it moves with each reading of either clock")
	require.Equal(t, wasi.Start+3*wasi.Step, w.clock(2), "it reads processor time as monotonic")
	require.Equal(t, wasi.Start+4*wasi.Step, w.clock(3), "it reads thread time as monotonic")
	require.Equal(t, wasi.EINVAL, w.call("clock_time_get", 4, 0, 0), "it knows four clocks")
	for id := range uint64(4) {
		w.ok("clock_res_get", id, 8)
		require.Equal(t, wasi.Resolution, w.u64(8))
	}
	require.Equal(t, wasi.EINVAL, w.call("clock_res_get", 4, 8))
	require.Equal(t, wasi.EINVAL, w.call("clock_res_get", math.MaxUint32, 8))
}

// sub is a subscription as poll_oneoff reads it.
type sub struct {
	kind     byte
	id       uint32 // clock or descriptor
	timeout  uint64
	absolute bool
}

// fired is an event as poll_oneoff writes it.
type fired struct {
	index uint64
	errno wasi.Errno
	kind  byte
	flags uint16
}

const (
	subsAt   = 64
	eventsAt = 2048
)

// poll lays out subscriptions, polls, and reads the events.
func (w *world) poll(subs ...sub) ([]fired, error) {
	w.t.Helper()
	for i, s := range subs {
		at := subsAt + 48*i
		clear(w.mem[at : at+48])
		w.put64(at, uint64(i))
		w.mem[at+8] = s.kind
		w.put32(at+16, s.id)
		w.put64(at+24, s.timeout)
		if s.absolute {
			w.mem[at+40] = 1
		}
	}
	e, err := w.try("poll_oneoff", subsAt, eventsAt, uint64(len(subs)), 0)
	if err != nil {
		return nil, err
	}
	require.Equal(w.t, wasi.ESUCCESS, e)
	events := make([]fired, w.u32(0))
	for i := range events {
		at := eventsAt + 32*i
		events[i] = fired{w.u64(at), wasi.Errno(w.u16(at + 8)), w.mem[at+10], w.u16(at + 24)}
	}
	return events, nil
}

func TestPollVirtual(t *testing.T) {
	const hour = uint64(time.Hour)
	tests := []struct {
		name string
		subs []sub
		want []fired
		move uint64 // how far the clock goes
	}{
		{"it sleeps in no time", []sub{{0, monotonic, hour, false}}, []fired{{0, 0, 0, 0}}, hour},
		{"it sleeps on the wall clock", []sub{{0, realtime, hour, false}}, []fired{{0, 0, 0, 0}}, hour},
		{"it sleeps until a moment", []sub{{0, monotonic, wasi.Start + hour, true}}, []fired{{0, 0, 0, 0}}, hour},
		{"it sleeps until a date", []sub{{0, realtime, wasi.Epoch + hour, true}}, []fired{{0, 0, 0, 0}}, hour},
		{"it does not wait for the past", []sub{{0, realtime, 5, true}}, []fired{{0, 0, 0, 0}}, 0},
		{"it takes the earliest", []sub{{0, 1, 3 * hour, false}, {0, 0, hour, false}, {0, 1, 2 * hour, false}},
			[]fired{{1, 0, 0, 0}}, hour},
		{"it reports all that are due", []sub{{0, 1, hour, false}, {0, 1, wasi.Start + hour, true}, {0, 0, hour + 1, false}},
			[]fired{{0, 0, 0, 0}, {1, 0, 0, 0}}, hour},
		{"it does not sleep past a stream", []sub{{0, 1, hour, false}, {1, 0, 0, false}, {2, 1, 0, false}},
			[]fired{{1, 0, 1, 1}, {2, 0, 2, 0}}, 0},
		{"it says which descriptor is bad", []sub{{1, 1, 0, false}, {2, 0, 0, false}, {2, 9, 0, false}},
			[]fired{{0, wasi.EBADF, 1, 0}, {1, wasi.EBADF, 2, 0}, {2, wasi.EBADF, 2, 0}}, 0},
		{"it says which clock is unknown", []sub{{0, 1, hour, false}, {0, 7, 0, false}},
			[]fired{{1, wasi.EINVAL, 0, 0}}, 0},
		{"it says which kind is unknown", []sub{{3, 0, 0, false}}, []fired{{0, wasi.EINVAL, 3, 0}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			got, err := w.poll(tt.subs...)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
			require.Equal(t, wasi.Start+tt.move+wasi.Step, w.clock(monotonic))
		})
	}
}

func TestPollForever(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		events, err := w.poll(sub{0, monotonic, math.MaxUint64, false})
		require.NoError(t, err)
		require.Len(t, events, 1, "it ends the longest sleep at once")
		require.EqualValues(t, math.MaxInt64, w.clock(realtime), "it stops the clock before it wraps")
	}
	events, err := w.poll(sub{0, monotonic, math.MaxUint64, true})
	require.NoError(t, err)
	require.Len(t, events, 1)
}

func TestPollHostileSizes(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, wasi.EINVAL, w.call("poll_oneoff", 0, 0, 0, 0), "it refuses nothing to wait for")
	for _, n := range []uint64{0x05555556, 0xffffffff, 0x80000000, 86} {
		require.Equal(t, wasi.EFAULT, w.call("poll_oneoff", 0, 0, n, 0), "it does not wrap for %#x", n)
	}
}

func TestPollIsCharged(t *testing.T) {
	w := newWorld(t)
	w.mem = make([]byte, 48<<16)
	w.budget = 40 * 48 << 10
	_, err := w.try("poll_oneoff", 0, 0, 1<<16, 0)
	require.ErrorIs(t, err, errFuel, "it ends when the fuel does")
	require.Less(t, w.units, w.budget+256<<10+1, "it works in pieces")
}

func TestGrantedClock(t *testing.T) {
	wall, mono := int64(1_800_000_000_000_001_234), int64(77_000)
	var slept []time.Duration
	stop := errors.New("deadline")
	var stopped error
	grants := &wasi.Grants{Clock: &wasi.Clock{
		Wall:      func() int64 { return wall },
		Monotonic: func() int64 { return mono },
	}}
	w := newWorld(t)
	host := w.host()
	host.Sleep = func(d time.Duration) error {
		slept = append(slept, d)
		mono += int64(d)
		wall += int64(d)
		return stopped
	}
	w.System = wasi.New(host)
	w.clock(monotonic)
	state := w.Save()
	w.Reset(state, grants)

	require.EqualValues(t, 1_800_000_000_000_001_000, w.clock(realtime), "it cuts readings to a microsecond")
	require.Equal(t, wasi.Start+wasi.Step, w.clock(monotonic), "it goes on from where initialisation was")
	mono += 5_999
	require.Equal(t, wasi.Start+wasi.Step+5_000, w.clock(monotonic), "it moves with the real one only")
	mono -= 100_000
	require.Equal(t, wasi.Start+wasi.Step, w.clock(monotonic), "it survives a clock that goes back")
	mono += 100_000

	events, err := w.poll(sub{0, monotonic, uint64(time.Second), false}, sub{0, realtime, uint64(time.Hour), false})
	require.NoError(t, err)
	require.Equal(t, []fired{{0, 0, 0, 0}}, events)
	require.Equal(t, []time.Duration{time.Second}, slept, "it sleeps for real")

	_, err = w.poll(sub{1, 0, 0, false}, sub{0, monotonic, 5, false})
	require.NoError(t, err)
	require.Len(t, slept, 1, "it does not sleep when a stream is ready")

	stopped = stop
	_, err = w.poll(sub{0, monotonic, math.MaxUint64, false})
	require.ErrorIs(t, err, stop, "it ends with the task")
	require.EqualValues(t, math.MaxInt64, slept[1], "it asks for 292 years at most")

	stopped = nil
	before := w.clock(monotonic)
	w.Reset(w.Save(), grants)
	require.Equal(t, before, w.clock(monotonic), "it goes on from a state saved under it")

	w.Reset(state, nil)
	require.Equal(t, wasi.Start+2*wasi.Step, w.clock(monotonic), "it is virtual again for the next task")

	host.Sleep = nil
	w.System = wasi.New(host)
	w.Reset(state, grants)
	require.Equal(t, wasi.ENOSYS, w.call("poll_oneoff", subsAt, eventsAt, 1, 0), "it needs a way to sleep")
}
