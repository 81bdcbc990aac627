package host

import (
	"encoding/binary"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures/memo"
)

// memoize lets the run proceed, unless its result is known or another run is
// about to know it.
func (r *run) memoize() {
	if r.options.memo == nil || r.impure() != "" {
		r.proceed()
		return
	}
	r.host.config.Memo.Do(r.key(), r.promise, *r.options.memo, r.proceed)
	// Whoever settles the future, the run must go off the books.
	f := r.promise.Any()
	if f.State().Terminal() {
		r.close()
		return
	}
	f.OnDone(func() { r.close() })
}

// impure says why the run is not a function of its arguments; empty when it is.
func (r *run) impure() string {
	switch {
	case r.module.stateful:
		return "the module is stateful"
	case !r.module.grants.None():
		return "the module has grants"
	}
	for range abi.Futures(r.args) {
		return "the arguments hold futures that are not resolved"
	}
	return ""
}

// key stands for all that the result depends on: module, task, arguments, and
// the limits that a guest can notice. Time is not among them, because a run
// that times out is never kept.
func (r *run) key() memo.Key {
	var limits [32]byte
	binary.BigEndian.PutUint64(limits[0:], r.limits.Fuel)
	binary.BigEndian.PutUint64(limits[8:], uint64(r.limits.Memory))
	binary.BigEndian.PutUint64(limits[16:], uint64(r.limits.Result))
	binary.BigEndian.PutUint64(limits[24:], uint64(r.limits.HostCalls))
	return memo.KeyOf(r.module.digest[:], []byte(r.task), r.args, limits[:])
}
