package slots_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	. "github.com/pledge-wasm/pledge/futures/slots"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var bg = context.Background()

// Prefect 142 and the complaint of limits that poll: first come, first served,
// at the moment a slot is free.
func TestFIFO(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Limiter
		l.SetLimit("db", 2)
		var mu sync.Mutex
		var order []int
		for i := range 6 {
			go func() {
				release, err := l.Acquire(bg, Need{Tag: "db"})
				require.NoError(t, err)
				defer release()
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				time.Sleep(time.Duration(1+i) * time.Second) // no two end at one moment
			}()
			synctest.Wait()
		}
		used, waiting := l.Used("db")
		require.Equal(t, int64(2), used)
		require.Equal(t, 4, waiting)
		time.Sleep(time.Minute)
		mu.Lock()
		require.Equal(t, []int{0, 1, 2, 3, 4, 5}, order)
		mu.Unlock()
		used, waiting = l.Used("db")
		require.Zero(t, used)
		require.Zero(t, waiting)
	})
}

// A heavy claim is not overtaken by light ones under the same tag, and one under
// another tag does not wait for it.
func TestWeights(t *testing.T) {
	var l Limiter
	l.SetLimit("cpu", 4)
	var granted []string
	claim := func(name string, needs ...Need) *Claim {
		c, err := l.Claim(func(*Claim) { granted = append(granted, name) }, needs...)
		require.NoError(t, err)
		return c
	}
	three := claim("three", Need{"cpu", 3})
	heavy := claim("heavy", Need{"cpu", 4})
	light := claim("light", Need{"cpu", 1})
	claim("free", Need{"gpu", 100})
	require.Equal(t, []string{"three", "free"}, granted)
	three.Release()
	require.Equal(t, []string{"three", "free", "heavy"}, granted)
	heavy.Release()
	heavy.Release() // twice is harmless
	require.Equal(t, []string{"three", "free", "heavy", "light"}, granted)
	used, _ := l.Used("cpu")
	require.Equal(t, int64(1), used)
	light.Release()

	_, err := l.Claim(nil, Need{"cpu", 3}, Need{"cpu", 2})
	require.ErrorIs(t, err, ErrNever)
	require.EqualError(t, err, `slots: claim of 5 under "cpu": more than the limit of 4`)
}

// Claims of several tags are granted whole; giving up frees the way.
func TestSeveralTags(t *testing.T) {
	var l Limiter
	l.SetLimit("a", 1)
	l.SetLimit("b", 1)
	var granted []string
	claim := func(name string, tags ...string) *Claim {
		var needs []Need
		for _, tag := range tags {
			needs = append(needs, Need{Tag: tag})
		}
		c, err := l.Claim(func(*Claim) { granted = append(granted, name) }, needs...)
		require.NoError(t, err)
		return c
	}
	a := claim("a", "a")
	both := claim("both", "a", "b")
	claim("b", "b") // waits its turn behind both
	require.Equal(t, []string{"a"}, granted)
	both.Release() // gives up
	require.Equal(t, []string{"a", "b"}, granted)
	a.Release()
	require.Equal(t, []string{"a", "b"}, granted)
}

// One that becomes the first under another tag is looked at as well.
func TestNextUnderAnotherTag(t *testing.T) {
	var l Limiter
	l.SetLimit("a", 1)
	l.SetLimit("b", 2)
	var granted []string
	claim := func(name string, needs ...Need) *Claim {
		c, err := l.Claim(func(*Claim) { granted = append(granted, name) }, needs...)
		require.NoError(t, err)
		return c
	}
	a := claim("a", Need{Tag: "a"})
	claim("both", Need{Tag: "a"}, Need{Tag: "b"})
	claim("b", Need{Tag: "b"}) // there is room, but both came first
	require.Equal(t, []string{"a"}, granted)
	a.Release()
	require.Equal(t, []string{"a", "both", "b"}, granted)
}

// Nobody waits behind others under a tag without a limit.
func TestFreeTags(t *testing.T) {
	var l Limiter
	l.SetLimit("a", 1)
	var granted []string
	claim := func(name string, tags ...string) *Claim {
		var needs []Need
		for _, tag := range tags {
			needs = append(needs, Need{Tag: tag})
		}
		c, err := l.Claim(func(*Claim) { granted = append(granted, name) }, needs...)
		require.NoError(t, err)
		return c
	}
	first := claim("first", "a", "x")
	second := claim("second", "x", "a")
	claim("free", "x")
	require.Equal(t, []string{"first", "free"}, granted)
	used, waiting := l.Used("x")
	require.Equal(t, int64(2), used)
	require.Equal(t, 1, waiting)

	l.SetLimit("x", 3) // from now on there is an order
	claim("late", "x")
	require.Equal(t, []string{"first", "free"}, granted)
	third := claim("third", "x", "a")
	l.SetLimit("x", -1)
	require.Equal(t, []string{"first", "free", "late"}, granted, "a lost limit frees all whom nothing else keeps")
	second.Release()
	first.Release()
	require.Equal(t, []string{"first", "free", "late", "third"}, granted)
	third.Release()
}

// Weights that are out of all proportion neither overflow nor free anything.
func TestHugeWeights(t *testing.T) {
	var l Limiter
	n := 0
	claim := func(needs ...Need) (*Claim, error) { return l.Claim(func(*Claim) { n++ }, needs...) }
	huge := Need{"x", math.MaxInt64}
	c, err := claim(huge, huge, Need{"x", -5})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	used, _ := l.Used("x")
	require.Positive(t, used)
	l.SetLimit("x", 10)
	_, err = claim(huge, huge)
	require.ErrorIs(t, err, ErrNever)
	l.SetLimit("x", 0)
	_, err = claim(huge)
	require.NoError(t, err)
	require.Equal(t, 1, n, "it lets nothing start at 0")
	c.Release()
	require.Equal(t, 1, n)
}

func TestSetLimit(t *testing.T) {
	var l Limiter
	l.SetLimit("x", 0)
	n := 0
	for range 3 {
		_, err := l.Claim(func(*Claim) { n++ }, Need{Tag: "x"})
		require.NoError(t, err)
	}
	require.Zero(t, n, "it lets nothing start at 0")
	l.SetLimit("x", 2)
	require.Equal(t, 2, n)
	l.SetLimit("x", -1)
	require.Equal(t, 3, n, "it has no limit below 0")
}

// A slot is not lost when a waiter gives up, whatever the race.
func TestAcquireEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Limiter
		l.SetLimit("x", 1)
		release, err := l.Acquire(bg, Need{Tag: "x"})
		require.NoError(t, err)
		gone := errors.New("gone")
		ctx, cancel := context.WithTimeoutCause(bg, time.Second, gone)
		defer cancel()
		_, err = l.Acquire(ctx, Need{Tag: "x"})
		require.ErrorIs(t, err, gone)
		_, err = l.Acquire(ctx, Need{Tag: "x"})
		require.ErrorIs(t, err, gone)
		release()
		release()
		again, err := l.Acquire(bg, Need{Tag: "x"})
		require.NoError(t, err)
		again()
		_, err = l.Acquire(bg, Need{Tag: "x", Weight: 2})
		require.ErrorIs(t, err, ErrNever)
	})
}

// Limits hold under a burst, and no slot leaks: a hammer of claims with random
// tags, of which some give up.
func TestHammer(t *testing.T) {
	var l Limiter
	limits := map[string]int64{"a": 1, "b": 3, "c": 7}
	busy := map[string]*atomic.Int64{}
	for tag, n := range limits {
		l.SetLimit(tag, n)
		busy[tag] = new(atomic.Int64)
	}
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			for range 50 {
				var needs []Need
				for tag := range limits {
					if r.IntN(2) == 0 {
						needs = append(needs, Need{tag, 1 + r.Int64N(limits[tag])})
					}
				}
				ctx, cancel := context.WithCancel(bg)
				if r.IntN(4) == 0 {
					go cancel()
				}
				release, err := l.Acquire(ctx, needs...)
				if err != nil {
					cancel()
					continue
				}
				for _, n := range needs {
					if got := busy[n.Tag].Add(n.Weight); got > limits[n.Tag] {
						t.Errorf("%s: %d over the limit", n.Tag, got)
					}
				}
				for _, n := range needs {
					busy[n.Tag].Add(-n.Weight)
				}
				release()
				cancel()
			}
		})
	}
	wg.Wait()
	for tag := range limits {
		used, waiting := l.Used(tag)
		require.Zero(t, used)
		require.Zero(t, waiting)
	}
}

// 100,000 waiting claims go through in linear time.
func TestManyWaiting(t *testing.T) {
	var l Limiter
	l.SetLimit("x", 1)
	const n = 100_000
	claims := make([]*Claim, 0, n)
	granted := 0
	for range n {
		c, err := l.Claim(func(*Claim) { granted++ }, Need{Tag: "x"})
		require.NoError(t, err)
		claims = append(claims, c)
	}
	for i, c := range claims {
		if granted != i+1 {
			t.Fatal(granted, i)
		}
		c.Release()
	}
}

func ExampleLimiter() {
	var l Limiter
	l.SetLimit("database", 2)
	release, err := l.Acquire(context.Background(), Need{Tag: "database"})
	if err != nil {
		return
	}
	defer release()
	fmt.Println(l.Used("database"))
	// Output: 1 0
}
