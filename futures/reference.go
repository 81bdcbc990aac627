package futures

import (
	"github.com/google/uuid"

	"github.com/pledge-wasm/pledge/abi"
)

// referenceLen is the length of a future reference: the head of the tag, the
// head of a 16-byte string, and the id.
const referenceLen = 5 + 1 + 16

func appendReference(dst []byte, id uuid.UUID) []byte {
	return abi.AppendFuture(dst, abi.ID(id))
}
