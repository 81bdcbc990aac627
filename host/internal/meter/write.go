package meter

import (
	"math"
	"strconv"
	"strings"

	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// checkNames refuses modules that use the names of the rewriting.
func (w *rewriter) checkNames() error {
	for _, e := range w.m.Exports {
		switch {
		case e.Name == ExportBudget, e.Name == ExportDirty, e.Name == ExportStart, strings.HasPrefix(e.Name, ExportGlobal):
			return &Error{Func: -1, What: "the module exports the reserved name " + strconv.Quote(e.Name)}
		}
	}
	for i := range w.m.Imports {
		if w.m.Imports[i].Module == ImportModule {
			return &Error{Func: -1, Offset: w.m.Imports[i].Offset, What: "the module imports from the reserved module " + ImportModule}
		}
	}
	return nil
}

// layout fixes the indices of what is added.
func (w *rewriter) layout() {
	w.addHelper(lookHelper)
	w.helperBase = w.imported + 1 + uint32(len(w.fns))
	w.sliceType = w.typeIndex(wasm.FuncType{})
	w.helperType = make([]uint32, len(w.helpers))
	for i, h := range w.helpers {
		w.helperType[i] = w.typeIndex(w.signature(h))
	}
	for i := range w.fns {
		if f := &w.fns[i]; f.counted && w.types[f.typ].results > 1 {
			w.types[f.typ].block = w.typeIndex(wasm.FuncType{Results: w.m.Types[f.typ].Results})
		}
	}
	w.sequences()
}

// typeIndex finds a type or adds it.
func (w *rewriter) typeIndex(t wasm.FuncType) uint32 {
	key := string(wasm.AppendFuncType(nil, t))
	i, ok := w.typeAt[key]
	if !ok {
		i = uint32(len(w.m.Types) + len(w.newTypes))
		w.typeAt[key] = i
		w.newTypes = append(w.newTypes, t)
	}
	return i
}

// appendBlock opens a block that gives the results of a function type.
func (w *rewriter) appendBlock(dst []byte, typ uint32) []byte {
	dst = append(dst, byte(wasm.OpBlock))
	switch t := &w.m.Types[typ]; len(t.Results) {
	case 0:
		return append(dst, 0x40)
	case 1:
		return append(dst, byte(t.Results[0]))
	}
	return wasm.AppendS64(dst, int64(w.types[typ].block))
}

// shift is the new index of a function.
func (w *rewriter) shift(index uint32) uint32 {
	if index >= w.imported {
		return index + 1
	}
	return index
}

// write makes the new file, section by section.
func (w *rewriter) write() (*Result, error) {
	m := w.m
	res := &Result{HasStart: m.HasStart}
	dst := make([]byte, 0, len(m.File)+len(m.File)/4+1024)
	dst = wasm.AppendHeader(dst)
	var err error
	var s []byte // the section being written
	section := func(id wasm.SectionID, n int) {
		if n > 0 {
			dst = wasm.AppendSection(dst, id, s)
		}
		s = s[:0]
	}
	s = w.typeSection(s)
	section(wasm.SectionType, 1)
	s = w.importSection(s)
	section(wasm.SectionImport, 1)
	s = wasm.AppendU32(s, uint32(len(m.Funcs)+len(w.helpers)))
	for _, t := range m.Funcs {
		s = wasm.AppendU32(s, t)
	}
	for _, t := range w.helperType {
		s = wasm.AppendU32(s, t)
	}
	section(wasm.SectionFunction, len(m.Funcs)+len(w.helpers))
	if len(w.refs.funcs) > 0 {
		s = w.tableSection(s)
		section(wasm.SectionTable, 1)
	} else {
		dst = w.copySection(dst, wasm.SectionTable)
	}
	dst = w.copySection(dst, wasm.SectionMemory)
	dst = w.copySection(dst, wasm.SectionTag)
	s = w.globalSection(s)
	section(wasm.SectionGlobal, 1)
	s = w.exportSection(s, res)
	section(wasm.SectionExport, 1)
	s = w.elementSection(s)
	section(wasm.SectionElement, w.segments())
	dst = w.copySection(dst, wasm.SectionDataCount)
	if s, err = w.codeSection(s); err != nil {
		return nil, err
	}
	section(wasm.SectionCode, len(m.Code)+len(w.helpers))
	if s, err = w.dataSection(s, res); err != nil {
		return nil, err
	}
	// Without a data count no instruction names a segment, and all that engines
	// would do with the empty ones is to keep them for each instance.
	if m.HasDataCount || w.opt.KeepData {
		section(wasm.SectionData, len(m.Data))
	} else {
		section(wasm.SectionData, 0)
	}
	s = w.nameSection(s)
	section(wasm.SectionCustom, len(s))
	if int64(len(dst)) > math.MaxInt32 {
		return nil, &Error{Func: -1, What: "the rewritten module is larger than 2 GiB"}
	}
	res.Module = dst
	res.Facts = w.facts()
	return res, nil
}

func (w *rewriter) facts() Facts {
	f := Facts{CanDirty: w.canDirt, Functions: len(w.fns), Helpers: len(w.helpers)}
	f.Memory, f.HasMemory = w.m.Memory()
	for i := range w.fns {
		switch g := &w.fns[i]; {
		case g.folded:
			f.Folded++
		case g.counted:
			f.Counted++
			f.MaxFrame = max(f.MaxFrame, g.charge)
		}
	}
	return f
}

// copySection appends a section as it is, if the author has it.
func (w *rewriter) copySection(dst []byte, id wasm.SectionID) []byte {
	for _, s := range w.m.Sections {
		if s.ID == id {
			return wasm.AppendSection(dst, id, w.m.File[s.Start:s.End])
		}
	}
	return dst
}
