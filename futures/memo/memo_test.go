package memo_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	. "github.com/pledge-wasm/pledge/futures/memo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	bg      = context.Background()
	errBoom = errors.New("boom")
	key     = KeyOf([]byte("digest"), []byte("task"), []byte("args"))
)

func promise() *futures.Promise[int] {
	return futures.NewPromise(futures.Spec[int]{Task: "t"})
}

func failure(code abi.Code) *futures.RunError {
	return &futures.RunError{State: futures.StateOf(code), Code: code, Err: errBoom}
}

func value(t *testing.T, p *futures.Promise[int]) int {
	t.Helper()
	v, err := p.Future().Result(bg)
	require.NoError(t, err)
	return v
}

// A key is the whole of its parts and the borders between them, never a part
// (the wrong hits of partial keys).
func TestKeyOf(t *testing.T) {
	b := func(s string) []byte { return []byte(s) }
	keys := map[Key]bool{}
	for _, k := range []Key{
		KeyOf(), KeyOf(nil), KeyOf(b("ab")), KeyOf(b("a"), b("b")), KeyOf(b("b"), b("a")), KeyOf(b("a"), b("b"), nil), KeyOf(b(""), b("ab")),
	} {
		keys[k] = true
	}
	require.Len(t, keys, 7)
	for n := range 300 { // whichever way it is computed
		big := bytes.Repeat([]byte{7}, n*113)
		h := sha256.New()
		for _, p := range [][]byte{big, b("x"), big} {
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
			h.Write(p)
		}
		require.Equal(t, Key(h.Sum(nil)), KeyOf(big, b("x"), big))
	}
	require.Equal(t, KeyOf(b("a"), b("b")), KeyOf(b("a"), b("b")))
	require.Len(t, key.String(), 64)
}

// Prefect 138, 139, 140: a hit runs nothing, is marked, and is Completed.
func TestHit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Cache{Store: new(Memory)}
		first := promise()
		c.Do(key, first, Options{}, func() { first.CompleteRaw(abi.Raw{7}) })
		require.Equal(t, 7, value(t, first))
		require.False(t, first.Future().Cached())
		synctest.Wait()

		hit := promise()
		c.Do(key, hit, Options{}, func() { t.Error("run") })
		require.Equal(t, 7, value(t, hit))
		require.True(t, hit.Future().Cached())
		require.NotEqual(t, first.Future().ID(), hit.Future().ID())

		other := promise()
		c.Do(KeyOf([]byte("other")), other, Options{}, func() { other.CompleteRaw(abi.Raw{8}) })
		require.Equal(t, 8, value(t, other))
		require.Equal(t, Stats{Hits: 1, Misses: 2}, c.Stats())
		synctest.Wait()
	})
}

// Equal keys in flight run once.
func TestSharing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Cache{}
		var runs atomic.Int32
		var wg sync.WaitGroup
		for range 100 {
			p := promise()
			c.Do(key, p, Options{}, func() {
				runs.Add(1)
				time.AfterFunc(time.Second, func() { p.CompleteRaw(abi.Raw{7}) })
			})
			wg.Go(func() { require.Equal(t, 7, value(t, p)) })
		}
		wg.Wait()
		require.Equal(t, int32(1), runs.Load())
		synctest.Wait()
		p := promise()
		c.Do(key, p, Options{}, func() { runs.Add(1); p.CompleteRaw(abi.Raw{7}) })
		require.Equal(t, int32(2), runs.Load(), "it keeps nothing without a store")
		synctest.Wait()
	})
}

// What happens to the one that runs is not forced on the others, unless it would
// happen to them as well.
func TestLeaderFails(t *testing.T) {
	tests := []struct {
		name string
		end  func(*futures.Promise[int])
		runs int
		want error
	}{
		{"it runs the next when the first is cancelled", func(p *futures.Promise[int]) { p.Future().Cancel(errBoom) }, 2, nil},
		{"it runs the next when the first times out", func(p *futures.Promise[int]) { p.Fail(failure(abi.CodeDeadline)) }, 2, nil},
		{"it runs the next when the host fails", func(p *futures.Promise[int]) { p.Fail(failure(abi.CodeHostError)) }, 2, nil},
		{"it runs the next when the result is gone", func(p *futures.Promise[int]) { p.CompleteRaw(abi.Raw{1}); p.Evict() }, 2, nil},
		{"it shares what the task said", func(p *futures.Promise[int]) { p.Fail(failure(abi.CodeGuest)) }, 1, futures.ErrFailed},
		{"it shares a trap", func(p *futures.Promise[int]) { p.Fail(failure(abi.CodeTrap)) }, 1, futures.ErrCrashed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := Cache{Store: new(Memory)}
				first, gone, second, third := promise(), promise(), promise(), promise()
				runs := 0
				c.Do(key, first, Options{}, func() { runs++ })
				c.Do(key, gone, Options{}, func() { t.Error("run") })
				c.Do(key, second, Options{}, func() { runs++; second.CompleteRaw(abi.Raw{2}) })
				c.Do(key, third, Options{}, func() { t.Error("run") })
				require.True(t, gone.Future().Cancel(nil), "it does not touch the others")
				tt.end(first)
				synctest.Wait()
				require.Equal(t, tt.runs, runs)
				require.Equal(t, uint64(tt.runs), c.Stats().Misses, "one that is gone is no run")
				for _, p := range []*futures.Promise[int]{second, third} {
					if tt.want != nil {
						require.ErrorIs(t, p.Future().Err(), tt.want)
						require.ErrorIs(t, p.Future().Err(), errBoom)
						require.Equal(t, p.Future().ID(), p.Future().Err().(*futures.RunError).ID)
						continue
					}
					require.Equal(t, 2, value(t, p))
				}
				p := promise()
				c.Do(key, p, Options{}, func() { runs++; p.CompleteRaw(abi.Raw{3}) })
				synctest.Wait()
				if tt.want != nil {
					require.Equal(t, tt.runs+1, runs, "it does not keep failures unless asked")
				} else {
					require.Equal(t, 2, value(t, p))
				}
			})
		})
	}
}

// All give up: nothing is left behind.
func TestAllCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Cache{}
		first, second := promise(), promise()
		c.Do(key, first, Options{}, func() {})
		c.Do(key, second, Options{}, func() { t.Error("run") })
		second.Future().Cancel(nil)
		first.Future().Cancel(nil)
		synctest.Wait()
		third := promise()
		c.Do(key, third, Options{}, func() { third.CompleteRaw(abi.Raw{3}) })
		require.Equal(t, 3, value(t, third))
		dead := promise()
		dead.Future().Cancel(nil)
		c.Do(KeyOf(), dead, Options{}, func() { t.Error("run") })
		synctest.Wait()
	})
}

// Failures are kept where asked for, and served only where asked for.
func TestFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Cache{Store: new(Memory)}
		keep := Options{Failures: true}
		first := promise()
		c.Do(key, first, keep, func() { first.Fail(failure(abi.CodeGuest)) })
		synctest.Wait()
		hit := promise()
		c.Do(key, hit, keep, func() { t.Error("run") })
		require.ErrorIs(t, hit.Future().Err(), errBoom)
		require.Equal(t, hit.Future().ID(), hit.Future().Err().(*futures.RunError).ID)
		strict := promise()
		c.Do(key, strict, Options{}, func() { strict.CompleteRaw(abi.Raw{1}) })
		require.Equal(t, 1, value(t, strict))
		synctest.Wait()
	})
}

// Prefect 138: expiry and refresh.
func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Cache{Store: new(Memory)}
		runs := byte(0)
		do := func(o Options) int {
			p := promise()
			c.Do(key, p, o, func() { runs++; p.CompleteRaw(abi.Raw{runs}) })
			synctest.Wait()
			return value(t, p)
		}
		o := Options{TTL: time.Minute}
		require.Equal(t, 1, do(o))
		time.Sleep(59 * time.Second)
		require.Equal(t, 1, do(o))
		time.Sleep(time.Second)
		require.Equal(t, 2, do(o))
		require.Equal(t, 3, do(Options{Refresh: true}))
		require.Equal(t, 3, do(o))
		time.Sleep(1000 * time.Hour)
		require.Equal(t, 3, do(o), "it keeps what has no TTL")
	})
}

// A refresh does not join what is in flight, nor disturb it.
func TestRefreshInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Cache{Store: new(Memory)}
		old, fresh, late := promise(), promise(), promise()
		c.Do(key, old, Options{}, func() {})
		ran := false
		c.Do(key, fresh, Options{Refresh: true}, func() { ran = true })
		require.True(t, ran)
		c.Do(key, late, Options{}, func() { t.Error("run") })
		old.CompleteRaw(abi.Raw{1})
		synctest.Wait()
		require.False(t, late.Future().State().Terminal())
		later := promise()
		c.Do(key, later, Options{}, func() { t.Error("run") })
		fresh.CompleteRaw(abi.Raw{2})
		synctest.Wait()
		require.Equal(t, 1, value(t, old))
		require.Equal(t, 2, value(t, late))
		require.Equal(t, 2, value(t, later), "what is in flight comes before what is kept")
	})
}

// A run from before a refresh does not put its result in the place of the newer
// one, whichever ends last.
func TestRefreshIsNewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Cache{Store: new(Memory)}
		old, waits, fresh := promise(), promise(), promise()
		c.Do(key, old, Options{}, func() {})
		c.Do(key, waits, Options{}, func() { t.Error("run") })
		c.Do(key, fresh, Options{Refresh: true}, func() { fresh.CompleteRaw(abi.Raw{2}) })
		synctest.Wait()
		old.CompleteRaw(abi.Raw{1})
		synctest.Wait()
		require.Equal(t, 1, value(t, waits))
		hit := promise()
		c.Do(key, hit, Options{}, func() { t.Error("run") })
		require.Equal(t, 2, value(t, hit))
	})
}

// A failure that was shared or looked at by the cache has not been read.
func TestUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Cache{Store: new(Memory)}
		first, second := promise(), promise()
		c.Do(key, first, Options{Failures: true}, func() {})
		c.Do(key, second, Options{}, func() { t.Error("run") })
		first.Fail(failure(abi.CodeGuest))
		synctest.Wait()
		require.True(t, first.Future().Unread())
		require.True(t, second.Future().Unread())
	})
}

// tardy is a store that is slow, and one that panics.
type tardy struct{ Store }

func (s tardy) Put(k Key, e Entry) error { time.Sleep(time.Hour); return s.Store.Put(k, e) }

type wild struct{}

func (wild) Get(Key) (Entry, bool, error) { panic(errBoom) }
func (wild) Put(Key, Entry) error         { panic(errBoom) }
func (wild) Delete(Key) error             { panic(errBoom) }

// Whoever waits for a run does not wait for the store, nor hangs when it panics.
func TestOddStores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var told []error
		for _, s := range []Store{tardy{new(Memory)}, wild{}} {
			c := Cache{Store: s, OnError: func(_ Key, err error) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, err)
			}}
			start := time.Now()
			first, second := promise(), promise()
			c.Do(key, first, Options{}, func() {})
			c.Do(key, second, Options{}, func() { t.Error("run") })
			first.CompleteRaw(abi.Raw{7})
			require.Equal(t, 7, value(t, second))
			require.Zero(t, time.Since(start))
			time.Sleep(2 * time.Hour)
			third := promise()
			c.Do(key, third, Options{}, func() { third.CompleteRaw(abi.Raw{7}) })
			require.Equal(t, 7, value(t, third))
			time.Sleep(2 * time.Hour)
		}
		mu.Lock()
		defer mu.Unlock()
		require.Len(t, told, 4)
		require.ErrorIs(t, told[0], errBoom)
	})
}

// A hit costs the future and nothing else.
func TestHitAllocations(t *testing.T) {
	c := Cache{Store: new(Memory)}
	args := make([]byte, 200)
	require.NoError(t, c.Store.Put(KeyOf(key[:], []byte("count"), args), Entry{Value: abi.Raw{7}}))
	var last *futures.Promise[int]
	future := testing.AllocsPerRun(100, func() { last = promise() })
	hit := testing.AllocsPerRun(100, func() {
		last = promise()
		c.Do(KeyOf(key[:], []byte("count"), args), last, Options{}, nil)
	})
	require.Equal(t, 7, value(t, last))
	require.Equal(t, future, hit)
}

// broken is a store that fails.
type broken struct{}

func (broken) Get(Key) (Entry, bool, error) { return Entry{}, false, errBoom }
func (broken) Put(Key, Entry) error         { return errBoom }
func (broken) Delete(Key) error             { return errBoom }

// A store that fails means no caching, said aloud.
func TestBrokenStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		n := 0
		c := Cache{Store: broken{}, OnError: func(k Key, err error) {
			mu.Lock()
			defer mu.Unlock()
			require.Equal(t, key, k)
			require.ErrorIs(t, err, errBoom)
			n++
		}}
		for range 2 {
			p := promise()
			c.Do(key, p, Options{}, func() { p.CompleteRaw(abi.Raw{7}) })
			require.Equal(t, 7, value(t, p))
			synctest.Wait()
		}
		mu.Lock()
		defer mu.Unlock()
		require.Equal(t, 4, n)
	})
}

// The store in memory is bounded, and forgets what was not used.
func TestMemory(t *testing.T) {
	m := &Memory{Bytes: 10_000, Entries: 5}
	at := func(n int) Key { return KeyOf([]byte(fmt.Sprint(n))) }
	has := func(n int) bool { _, ok, err := m.Get(at(n)); require.NoError(t, err); return ok }
	for n := range 5 {
		require.NoError(t, m.Put(at(n), Entry{Value: abi.Raw{byte(n)}}))
	}
	require.True(t, has(0))
	require.NoError(t, m.Put(at(5), Entry{Value: make(abi.Raw, 100)}))
	require.True(t, has(0), "it was used")
	require.False(t, has(1), "it was not used for the longest time")
	for n := 10; n < 15; n++ {
		require.NoError(t, m.Put(at(n), Entry{Value: make(abi.Raw, 2200)}))
	}
	entries, size := m.Len()
	require.Equal(t, 4, entries)
	require.LessOrEqual(t, size, 10_000)
	err := m.Put(at(20), Entry{Value: make(abi.Raw, 2500)})
	require.ErrorIs(t, err, ErrTooLarge)
	require.ErrorIs(t, m.Put(at(13), Entry{Value: make(abi.Raw, 2500)}), ErrTooLarge)
	require.False(t, has(13), "what is not kept leaves nothing older behind")
	for _, said := range []abi.GuestError{{Data: make(abi.Raw, 2500)}, {Message: string(make([]byte, 2500))}, {Code: string(make([]byte, 2500))}} {
		err := m.Put(at(22), Entry{Failure: &futures.RunError{Code: abi.CodeGuest, Err: &said}})
		require.ErrorIs(t, err, ErrTooLarge, "it counts what a failure says")
	}
	require.NoError(t, m.Put(at(14), Entry{Value: make(abi.Raw, 10)}))
	require.NoError(t, m.Put(at(21), Entry{Failure: failure(abi.CodeGuest)}))
	for n := range 30 {
		require.NoError(t, m.Delete(at(n)))
	}
	entries, size = m.Len()
	require.Zero(t, entries)
	require.Zero(t, size)
	_, ok, err := new(Memory).Get(key)
	require.NoError(t, err)
	require.False(t, ok)
}

func TestRepeatable(t *testing.T) {
	not := map[abi.Code]bool{abi.CodeUpstream: true, abi.CodeHostError: true, abi.CodeDeadline: true, abi.CodeCancelled: true}
	for _, code := range abi.Codes() {
		require.Equal(t, !not[code], Repeatable(failure(code)), string(code))
	}
}

// A hammer of equal and other keys, cancelled here and there.
func TestHammer(t *testing.T) {
	c := Cache{Store: &Memory{Entries: 3}}
	var wg sync.WaitGroup
	for g := range 32 {
		wg.Go(func() {
			for i := range 200 {
				n := byte(i % 7)
				p := promise()
				c.Do(KeyOf([]byte{n}), p, Options{Refresh: i%13 == 0}, func() { go p.CompleteRaw(abi.Raw{n}) })
				if (i+g)%5 == 0 {
					p.Future().Cancel(nil)
				}
				s, err := p.Future().Wait(bg)
				if err != nil {
					t.Error(err)
				}
				if v, err := p.Future().Result(bg); s == futures.Completed && (err != nil || v != int(n)) {
					t.Error(v, err)
				}
			}
		})
	}
	wg.Wait()
}

// A hit: at most 3 us up to the decoded result, the key included.
func BenchmarkHit(b *testing.B) {
	c := Cache{Store: new(Memory)}
	if err := c.Store.Put(KeyOf(key[:], []byte("count"), make([]byte, 200)), Entry{Value: abi.Raw{7}}); err != nil {
		b.Fatal(err)
	}
	args := make([]byte, 200)
	b.ReportAllocs()
	for b.Loop() {
		p := promise()
		c.Do(KeyOf(key[:], []byte("count"), args), p, Options{}, func() { b.Fatal("run") })
		if v, err := p.Future().Result(bg); err != nil || v != 7 {
			b.Fatal(v, err)
		}
	}
}

func ExampleCache() {
	c := Cache{Store: new(Memory)}
	key := KeyOf([]byte("module"), []byte("double"), []byte{21})
	for range 2 {
		p := futures.NewPromise(futures.Spec[int]{Task: "double"})
		c.Do(key, p, Options{}, func() { p.CompleteRaw(abi.Raw{0x18, 42}) })
		v, _ := p.Future().Result(context.Background())
		fmt.Println(v)
	}
	// Output:
	// 42
	// 42
}
