package abi

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Keys that all fall into one place of the table must neither take long nor hide
// a duplicate.
func TestCollidingKeysAreSorted(t *testing.T) {
	const n = 2000
	var b []byte
	var keys []key
	add := func(s string) {
		off := len(b)
		b = AppendText(b, s)
		keys = append(keys, key{uint32(off), uint32(len(b))})
	}
	for i := 0; len(keys) < n; i++ {
		s := strconv.Itoa(i)
		if hash(AppendText(nil, s))&0xfff < 4 {
			add(s)
		}
	}
	steps := 0
	for i, k := range keys {
		if hash(k.of(b))&0xfff < 4 {
			steps += i
		}
	}
	require.Greater(t, steps, 100*n, "the keys must collide")
	_, reason := duplicate(b, append([]key(nil), keys...), false, nil)
	require.Empty(t, reason)
	add(string(b[keys[n/2].off+1 : keys[n/2].end]))
	at, reason := duplicate(b, append([]key(nil), keys...), false, nil)
	require.Equal(t, ReasonDuplicateKey, reason)
	require.Equal(t, int(keys[n].off), at)
}

func TestCollidingDigestsAreSorted(t *testing.T) {
	const n = 2000
	var keys []digested
	for i := range uint32(n) {
		keys = append(keys, digested{digest{hi: uint64(i * 7919 % n), lo: uint64(i) << 20}, i})
	}
	require.Equal(t, -1, duplicateDigest(append([]digested(nil), keys...), new(stopper)))
	for _, late := range []int{n - 1, 100, 50} { // the earliest is the last to be put in
		keys[late].digest = keys[late/2].digest
		require.Equal(t, late, duplicateDigest(append([]digested(nil), keys...), new(stopper)))
	}
}
