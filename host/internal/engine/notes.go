package engine

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// notes are what is stored beside native code: all that the engine knows of a
// module once it is compiled.
type notes struct {
	outline     []byte
	data        segments
	globals     []meter.Global
	facts       meter.Facts
	hasStart    bool
	hasDescribe bool
}

// notesVersion changes with the form of notes.
const notesVersion = 2

const (
	flagStart = 1 << iota
	flagDescribe
	flagMemory
	flagMemoryMax
	flagCanDirty
	flagsAll = 1<<iota - 1
)

// append writes notes: numbers as varints, the bytes with their size before them.
func (n *notes) append(dst []byte) []byte {
	flags := uint64(0)
	for bit, set := range []bool{n.hasStart, n.hasDescribe, n.facts.HasMemory, n.facts.Memory.HasMax, n.facts.CanDirty} {
		if set {
			flags |= 1 << bit
		}
	}
	f := &n.facts
	for _, v := range []uint64{
		notesVersion, flags, uint64(f.Memory.Min), uint64(f.Memory.Max),
		uint64(f.Functions), uint64(f.Folded), uint64(f.Counted), uint64(f.Helpers), uint64(f.MaxFrame),
	} {
		dst = binary.AppendUvarint(dst, v)
	}
	dst = appendSized(dst, n.outline)
	dst = binary.AppendUvarint(dst, uint64(len(n.globals)))
	for _, g := range n.globals {
		dst = append(appendSized(dst, []byte(g.Export)), byte(g.Type))
	}
	return wasm.AppendLong(dst, n.data)
}

func appendSized(dst, b []byte) []byte {
	return wasm.AppendLong(binary.AppendUvarint(dst, uint64(len(b))), b)
}

var errNotes = errors.New("engine: the notes of stored code are malformed")

// parseNotes reads notes, which alias b. It allocates no more than sixteen times
// the size of b.
func parseNotes(b []byte) (*notes, error) {
	r := &notesReader{b: b}
	if r.number(math.MaxUint32) != notesVersion {
		return nil, errNotes
	}
	flags := r.number(flagsAll)
	n := &notes{hasStart: flags&flagStart != 0, hasDescribe: flags&flagDescribe != 0}
	n.facts = meter.Facts{
		Memory:    wasm.Limit{Min: uint32(r.number(math.MaxUint32)), Max: uint32(r.number(math.MaxUint32)), HasMax: flags&flagMemoryMax != 0},
		HasMemory: flags&flagMemory != 0,
		CanDirty:  flags&flagCanDirty != 0,
		Functions: int(r.number(math.MaxInt32)),
		Folded:    int(r.number(math.MaxInt32)),
		Counted:   int(r.number(math.MaxInt32)),
		Helpers:   int(r.number(math.MaxInt32)),
		MaxFrame:  uint32(r.number(math.MaxUint32)),
	}
	n.outline = r.sized()
	globals := r.count(2)
	n.globals = make([]meter.Global, 0, globals)
	for range globals {
		n.globals = append(n.globals, meter.Global{Export: string(r.sized()), Type: wasm.ValueType(r.byte())})
	}
	n.data = segments(r.b)
	if r.bad || !n.data.valid() {
		return nil, errNotes
	}
	return n, nil
}

type notesReader struct {
	b   []byte
	bad bool
}

// number reads a number of at most limit, in its shortest form.
func (r *notesReader) number(limit uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > limit || n > 1 && r.b[n-1] == 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads how many items of at least size bytes follow.
func (r *notesReader) count(size int) int {
	return int(r.number(uint64(len(r.b) / size)))
}

func (r *notesReader) sized() []byte {
	n := r.number(uint64(len(r.b)))
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *notesReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	b := r.b[0]
	r.b = r.b[1:]
	return b
}
