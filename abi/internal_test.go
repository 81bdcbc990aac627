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
	require.Equal(t, -1, duplicate(b, append([]key(nil), keys...), false))
	add(string(b[keys[n/2].off+1 : keys[n/2].end]))
	require.Equal(t, int(keys[n].off), duplicate(b, append([]key(nil), keys...), false))
}
