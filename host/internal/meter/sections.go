package meter

import (
	"strconv"

	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

func (w *rewriter) typeSection(s []byte) []byte {
	s = wasm.AppendU32(s, uint32(len(w.m.Types)+len(w.newTypes)))
	for _, t := range w.m.Types {
		s = wasm.AppendFuncType(s, t)
	}
	for _, t := range w.newTypes {
		s = wasm.AppendFuncType(s, t)
	}
	return s
}

// importSection adds slice at the end, which makes it the last imported function.
func (w *rewriter) importSection(s []byte) []byte {
	s = wasm.AppendU32(s, uint32(len(w.m.Imports)+1))
	for _, im := range w.m.Imports {
		s = wasm.AppendImport(s, im)
	}
	return wasm.AppendImport(s, wasm.Import{Module: ImportModule, Name: ImportSlice, Kind: wasm.KindFunc, Func: w.sliceType})
}

func (w *rewriter) globalSection(s []byte) []byte {
	s = wasm.AppendU32(s, uint32(len(w.m.Globals)+2))
	for _, g := range w.m.Globals {
		s = w.expr(wasm.AppendGlobalType(s, g.GlobalType), g.Init)
	}
	s = append(s, byte(wasm.I64), 1, byte(wasm.OpI64Const), 0, byte(wasm.OpEnd))
	return append(s, byte(wasm.I32), 1, byte(wasm.OpI32Const), 0, byte(wasm.OpEnd))
}

// expr copies a constant expression, with the new index if it names a function.
func (w *rewriter) expr(s []byte, e wasm.ConstExpr) []byte {
	if e.Op == wasm.OpRefFunc {
		s = wasm.AppendU32(append(s, byte(wasm.OpRefFunc)), w.shift(uint32(e.Imm)))
		return append(s, byte(wasm.OpEnd))
	}
	return wasm.AppendLong(s, w.m.File[e.Start:e.End])
}

func (w *rewriter) exportSection(s []byte, res *Result) []byte {
	m := w.m
	for i, g := range m.Globals {
		if g.Mutable && numeric(g.Type) {
			name := ExportGlobal + strconv.Itoa(m.ImportedGlobals+i)
			res.Globals = append(res.Globals, Global{Export: name, Type: g.Type})
		}
	}
	n := len(m.Exports) + len(res.Globals) + 2
	if m.HasStart {
		n++
	}
	s = wasm.AppendU32(s, uint32(n))
	for _, e := range m.Exports {
		if e.Kind == wasm.KindFunc {
			e.Index = w.shift(e.Index)
		}
		s = wasm.AppendExport(s, e)
	}
	s = wasm.AppendExport(s, wasm.Export{Name: ExportBudget, Kind: wasm.KindGlobal, Index: w.budget})
	s = wasm.AppendExport(s, wasm.Export{Name: ExportDirty, Kind: wasm.KindGlobal, Index: w.dirty})
	if m.HasStart {
		s = wasm.AppendExport(s, wasm.Export{Name: ExportStart, Kind: wasm.KindFunc, Index: w.shift(m.Start)})
	}
	k := 0
	for i, g := range m.Globals {
		if g.Mutable && numeric(g.Type) {
			s = wasm.AppendExport(s, wasm.Export{Name: res.Globals[k].Export, Kind: wasm.KindGlobal,
				Index: uint32(m.ImportedGlobals + i)})
			k++
		}
	}
	return s
}

func (w *rewriter) elementSection(s []byte) []byte {
	s = wasm.AppendU32(s, uint32(w.segments()))
	for i := range w.m.Elements {
		e := &w.m.Elements[i]
		s = wasm.AppendU32(s, e.Flags)
		if e.Mode == wasm.Active {
			if e.Flags&2 != 0 {
				s = wasm.AppendU32(s, e.Table)
			}
			s = w.expr(s, e.Offset)
		}
		if e.Flags&3 != 0 {
			if e.Exprs {
				s = append(s, byte(e.Type))
			} else {
				s = append(s, 0)
			}
		}
		s = wasm.AppendU32(s, uint32(e.Len()))
		for _, f := range e.Funcs {
			s = wasm.AppendU32(s, w.shift(f))
		}
		for _, x := range e.Inits {
			s = w.expr(s, x)
		}
	}
	if len(w.refs.funcs) > 0 {
		s = w.referenceElements(s)
	}
	return s
}

// A rewritten file may be growMost times as large as the author's and growFree bytes. Ordinary ones grow by a third.
const (
	growMost = 6
	growFree = 1 << 20
)

func (w *rewriter) codeSection(s []byte) (_ []byte, err error) {
	if need := len(w.m.File) + len(w.m.File)/4; cap(s) < need {
		s = make([]byte, 0, need)
	}
	s = wasm.AppendU32(s, uint32(len(w.fns)+len(w.helpers)))
	w.body.w = w
	for i := range w.fns {
		if s, err = w.body.function(s, i); err != nil {
			return nil, err
		}
		if len(s) > growMost*len(w.m.File)+growFree {
			return nil, &Error{Func: i + int(w.imported), What: "the module grows too much when it is rewritten: too many loops and branches"}
		}
	}
	for _, h := range w.helpers {
		a := asm{b: w.body.out[:0], s: &w.code}
		h.write(&a, w)
		w.body.out = a.b
		s = wasm.AppendBytes(s, a.b)
	}
	return s, nil
}

func (w *rewriter) dataSection(s []byte, res *Result) ([]byte, error) {
	m := w.m
	s = wasm.AppendU32(s, uint32(len(m.Data)))
	for i := range m.Data {
		d := &m.Data[i]
		if d.Mode == wasm.Passive {
			s = wasm.AppendBytes(append(s, 1), d.Init)
			continue
		}
		if w.opt.KeepData {
			s = wasm.AppendBytes(w.expr(append(s, 0), d.Offset), d.Init)
			continue
		}
		at, ok := m.EvalI32(d.Offset)
		if !ok {
			return nil, &Error{Func: -1, Offset: d.Offset.Start, What: "the offset of data segment " + strconv.Itoa(i) +
				" depends on an import, or is no i32"}
		}
		res.Data = append(res.Data, Segment{Offset: uint32(at), Bytes: d.Init})
		s = append(s, 1, 0)
	}
	return s, nil
}

// nameSection keeps the names of the module and of its functions, and names what was added. A malformed section is left
// out, as are the names of locals and labels.
func (w *rewriter) nameSection(s []byte) []byte {
	n, err := w.m.Names()
	if err != nil {
		n = &wasm.Names{}
	}
	s = wasm.AppendName(s, "name")
	if n.HasModule {
		s = wasm.AppendBytes(append(s, 0), wasm.AppendName(nil, n.Module))
	}
	count := uint32(0)
	names := make([]byte, 0, len(n.Funcs)+64*(1+len(w.helpers)))
	add := func(index uint32, name []byte) {
		names = wasm.AppendBytes(wasm.AppendU32(names, index), name)
		count++
	}
	slice := false
	for index, name := range n.EachFunc() {
		if uint64(index) >= uint64(w.m.NumFuncs()) {
			break
		}
		if index >= w.imported && !slice {
			add(w.imported, []byte("pledge."+ImportSlice))
			slice = true
		}
		add(w.shift(index), name)
	}
	if !slice {
		add(w.imported, []byte("pledge."+ImportSlice))
	}
	for i, h := range w.helpers {
		add(w.helperBase+uint32(i), []byte(h.name()))
	}
	s = append(s, 1)
	size := wasm.AppendU32(nil, count)
	s = wasm.AppendU32(s, uint32(len(size)+len(names)))
	return append(append(s, size...), names...)
}
