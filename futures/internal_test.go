package futures

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever stops waiting leaves nothing in the future's list.
func TestNobodyStaysRegistered(t *testing.T) {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	p, done := NewPromise(Spec[int]{}), Ready(1)
	f := p.Future()
	for f, err := range AsCompleted(context.Background(), f, done) {
		require.NoError(t, err)
		require.Same(t, done, f)
		break
	}
	for range AsCompleted(over, f) {
		continue
	}
	WaitAll(over, f, done)
	WaitAny(context.Background(), f, done)
	_, _ = Gather(over, f)
	_, _ = Gather(context.Background(), f, Broken[int](ErrFailed))
	f.OnDone(func() {})()
	AfterAll([]Any{f, done}, func() {})()
	for range Map(over, 3, func(yield func(int) bool) { yield(1) }, func(context.Context, int) (*Future[int], error) { return f, nil }) {
		continue
	}
	for range Map(context.Background(), 1, func(yield func(int) bool) { yield(1) }, func(context.Context, int) (*Future[int], error) { return f, nil }) {
		break
	}
	require.Nil(t, f.watchers.head)
	require.Nil(t, f.watchers.tail)
}
