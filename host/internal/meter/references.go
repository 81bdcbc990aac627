package meter

import "github.com/pledge-wasm/pledge/host/internal/wasm"

// references are the functions that bodies take references to. wazero allocates
// whenever ref.func runs and lets go only with the instance, so a guest could
// have the host fill its memory. A table that the author cannot name holds each
// of these references once, and ref.func becomes a look into it.
type references struct {
	funcs []uint32          // by place in the table
	at    map[uint32]uint32 // place of each function
}

// refer gives a function its place.
func (r *references) refer(f uint32) {
	if _, ok := r.at[f]; ok {
		return
	}
	if r.at == nil {
		r.at = make(map[uint32]uint32)
	}
	r.at[f] = uint32(len(r.funcs))
	r.funcs = append(r.funcs, f)
}

// appendReference writes what ref.func becomes.
func (w *rewriter) appendReference(dst []byte, f uint32) []byte {
	dst = wasm.AppendS64(append(dst, byte(wasm.OpI32Const)), int64(w.refs.at[f]))
	return wasm.AppendU32(append(dst, byte(wasm.OpTableGet)), uint32(w.m.NumTables()))
}

// tableSection adds the table of references behind the author's, if it is
// needed.
func (w *rewriter) tableSection(s []byte) []byte {
	s = wasm.AppendU32(s, uint32(len(w.m.Tables)+1))
	for _, t := range w.m.Tables {
		s = wasm.AppendTableType(s, t)
	}
	n := uint32(len(w.refs.funcs))
	return wasm.AppendTableType(s, wasm.TableType{Elem: wasm.Funcref, Limit: wasm.Limit{Min: n, Max: n, HasMax: true}})
}

// referenceElements fills the table: an active segment with a table of its own.
func (w *rewriter) referenceElements(s []byte) []byte {
	s = wasm.AppendU32(wasm.AppendU32(s, 2), uint32(w.m.NumTables()))
	s = append(s, byte(wasm.OpI32Const), 0, byte(wasm.OpEnd), 0)
	s = wasm.AppendU32(s, uint32(len(w.refs.funcs)))
	for _, f := range w.refs.funcs {
		s = wasm.AppendU32(s, w.shift(f))
	}
	return s
}

// segments counts the element segments of the rewritten module.
func (w *rewriter) segments() int {
	if len(w.refs.funcs) > 0 {
		return len(w.m.Elements) + 1
	}
	return len(w.m.Elements)
}
