package cbor

import (
	"sync"

	"github.com/pledge-wasm/pledge/abi"
)

// maxHops bounds pointers and interfaces around one value, so that a ring of
// pointers without a container in it ends.
const maxHops = 4 * abi.MaxDepth

// encoder appends items to buf. The rest is scratch space for sorting maps,
// kept from one use to the next.
type encoder struct {
	buf   []byte
	depth int // arrays and maps around the current item
	hops  int // pointers and interfaces around the current item

	pairs []pair
	moved []byte
}

// encoders are idle. In a guest there is one per nested call at most.
var encoders struct {
	sync.Mutex
	idle []*encoder
}

func init() {
	e := borrow(nil) // so that there is one before the snapshot
	e.finish(nil, nil)
}

// borrow returns an idle encoder that appends to dst.
//
//go:noinline
func borrow(dst []byte) *encoder {
	encoders.Lock()
	defer encoders.Unlock()
	var e *encoder
	if n := len(encoders.idle); n > 0 {
		e, encoders.idle = encoders.idle[n-1], encoders.idle[:n-1]
	} else {
		e = &encoder{pairs: make([]pair, 0, 16), moved: make([]byte, 0, 512)}
	}
	e.buf, e.depth, e.hops, e.pairs = dst, 0, 0, e.pairs[:0]
	return e
}

// finish makes e idle and returns what it wrote, or dst after an error. An
// encoder that grew large is left to the garbage collector.
//
//go:noinline
func (e *encoder) finish(dst []byte, err error) ([]byte, error) {
	out := e.buf
	e.buf = nil
	encoders.Lock()
	defer encoders.Unlock()
	if len(encoders.idle) < 8 && cap(e.moved) <= 1<<20 && cap(e.pairs) <= 1<<16 {
		encoders.idle = append(encoders.idle, e)
	}
	if err != nil {
		return dst, err
	}
	return out, nil
}
