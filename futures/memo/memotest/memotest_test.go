package memotest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/futures/memo"
	. "github.com/pledge-wasm/pledge/futures/memo/memotest"
)

func TestMemory(t *testing.T) { require.NoError(t, TestStore(new(memo.Memory))) }

// forgetful is a store that keeps nothing; deaf one that cannot delete.
type forgetful struct{ memo.Store }

func (forgetful) Put(memo.Key, memo.Entry) error { return nil }

type deaf struct{ memo.Store }

func (deaf) Delete(memo.Key) error { return nil }

// mute is a store that forgets what tasks said.
type mute struct{ memo.Store }

func (s mute) Put(k memo.Key, e memo.Entry) error {
	if e.Failure != nil {
		e.Failure = &futures.RunError{State: e.Failure.State, Code: e.Failure.Code, Path: e.Failure.Path}
	}
	return s.Store.Put(k, e)
}

// The test can fail.
func TestBadStores(t *testing.T) {
	require.ErrorContains(t, TestStore(forgetful{new(memo.Memory)}), "a value: found is false")
	require.ErrorContains(t, TestStore(mute{new(memo.Memory)}), "a failure: got failure")
	require.ErrorContains(t, TestStore(deaf{new(memo.Memory)}), "a deleted key: found is true")
}
