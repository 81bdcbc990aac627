package memotest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/futures/memo"
	. "github.com/pledge-wasm/pledge/futures/memo/memotest"
)

func TestMemory(t *testing.T) { require.NoError(t, TestStore(new(memo.Memory))) }

// forgetful is a store that keeps nothing; deaf one that cannot delete.
type forgetful struct{ memo.Store }

func (forgetful) Put(memo.Key, memo.Entry) error { return nil }

type deaf struct{ memo.Store }

func (deaf) Delete(memo.Key) error { return nil }

// The test can fail.
func TestBadStores(t *testing.T) {
	require.ErrorContains(t, TestStore(forgetful{new(memo.Memory)}), "a value: found is false")
	require.ErrorContains(t, TestStore(deaf{new(memo.Memory)}), "a deleted key: found is true")
}
