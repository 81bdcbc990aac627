package host

import (
	"crypto/rand"
	"time"

	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

// The real world, for guests that were granted a part of it.
var (
	entropy   = rand.Reader
	epoch     = time.Now()
	realClock = &wasi.Clock{
		Wall:      func() int64 { return time.Now().UnixNano() },
		Monotonic: func() int64 { return int64(time.Since(epoch)) },
	}
)
