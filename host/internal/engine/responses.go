package engine

import "github.com/pledge-wasm/pledge/abi"

// maxResponses is how many responses the host keeps for one guest at a time
// (abi/SPEC.md, imports).
const maxResponses = 1024

// responses holds what host calls answered until the guest takes it. Handles
// begin anew with each run and never come twice in one.
type responses struct {
	last  uint32
	bytes int
	open  map[uint32][]byte
}

// keep stores a response and gives its handle; ok is false when that would be
// one too many, or too much.
func (k *responses) keep(response []byte, limit int) (handle uint32, ok bool) {
	if len(k.open) >= maxResponses || k.bytes+len(response) > limit {
		return 0, false
	}
	if k.open == nil {
		k.open = make(map[uint32][]byte)
	}
	k.last++
	k.bytes += len(response)
	k.open[k.last] = response
	return k.last, true
}

// get gives the response behind a handle.
func (k *responses) get(handle uint32) ([]byte, bool) {
	response, ok := k.open[handle]
	return response, ok
}

// drop forgets a response.
func (k *responses) drop(handle uint32) {
	k.bytes -= len(k.open[handle])
	delete(k.open, handle)
}

func (k *responses) clear() { *k = responses{} }

// refuse encodes an error answer of the host itself.
func refuse(code abi.Code, message string) []byte {
	return abi.AppendError(nil, &abi.GuestError{Code: string(code), Message: message})
}
