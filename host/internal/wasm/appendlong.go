package wasm

// longPiece is how many bytes AppendLong copies in one go.
const longPiece = 256 << 10

// AppendLong is append for what may be megabytes: it copies piece by piece. The
// runtime cannot preempt a copy, and where each page of fresh memory costs a fault
// one of a whole module would hold up the collector of garbage, and so everybody.
func AppendLong(dst, b []byte) []byte {
	if need := len(dst) + len(b); need > cap(dst) && len(dst) > longPiece {
		wider := make([]byte, 0, max(need, 2*cap(dst)))
		dst = appendPieces(wider, dst)
	} else if need > cap(dst) && len(b) > longPiece {
		dst = append(make([]byte, 0, need), dst...)
	}
	return appendPieces(dst, b)
}

func appendPieces(dst, b []byte) []byte {
	for len(b) > longPiece {
		dst, b = appendPiece(dst, b[:longPiece]), b[longPiece:]
	}
	return append(dst, b...)
}

// appendPiece is a call because calls are where the runtime preempts: a signal
// would find the loop in the middle of a copy each time.
//
//go:noinline
func appendPiece(dst, b []byte) []byte { return append(dst, b...) }
