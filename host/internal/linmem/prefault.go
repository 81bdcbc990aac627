package linmem

import (
	"slices"
	"sync"
)

// Prefault readies memory that is about to be written whole, such as native code
// that is read from a file: the system finds all of its pages in one call, huge
// ones where it can, instead of one by one as they are touched, which costs ten
// times as much. It is a hint: contents do not change, and where the system does
// not know it nothing happens. b must stay mapped during the call.
func Prefault(b []byte) { PrefaultWhile(b, func() {}) }

// PrefaultWhile is Prefault during a call of f, which fills b from its beginning:
// meanwhile b is readied from its end, by another thread. It returns when f does
// and all of b is ready.
func PrefaultWhile(b []byte, f func()) {
	pieces := prefaulting(b)
	var behind sync.WaitGroup
	behind.Go(func() {
		for _, ready := range slices.Backward(pieces) {
			ready()
		}
	})
	defer behind.Wait()
	f()
}
