package futures

import (
	"encoding/binary"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// lastID is the time part of the latest id: milliseconds since 1970 and 12 bits
// of what is below.
var lastID atomic.Uint64

// newID returns a UUIDv7 for a run that is made at the given time. Ids of one
// process ascend. To know an id is no right to anything, so they need be unique
// but no secret.
func newID(now time.Time) uuid.UUID {
	nanos := uint64(now.UnixNano())
	t := nanos/1e6<<12 | nanos%1e6>>8
	for {
		last := lastID.Load()
		t = max(t, last+1)
		if lastID.CompareAndSwap(last, t) {
			break
		}
	}
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], t>>12<<16|7<<12|t&0xfff)
	binary.BigEndian.PutUint64(id[8:], 2<<62|rand.Uint64()>>2)
	return id
}
