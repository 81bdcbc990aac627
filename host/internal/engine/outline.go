package engine

import "github.com/pledge-wasm/pledge/host/internal/wasm"

// outline gives a rewritten module without what only the compiler looks at: all
// bodies become unreachable, and custom sections but the names go. To run a module
// whose native code is at hand, wazero needs no more, and reads it in a tenth of
// the time. An outline must never be compiled; if it were, it would trap.
//
// wazero knows modules by their bytes, so those whose outlines are the same are
// told apart by a custom section that holds id.
func outline(rewritten []byte, id []byte) ([]byte, error) {
	m, err := wasm.Decode(rewritten, nil)
	if err != nil {
		return nil, err
	}
	dst := wasm.AppendHeader(make([]byte, 0, len(rewritten)/8))
	custom := 0
	for _, s := range m.Sections {
		contents := rewritten[s.Start:s.End]
		switch s.ID {
		case wasm.SectionCustom:
			custom++
			if m.Customs[custom-1].Name != "name" {
				continue
			}
		case wasm.SectionCode:
			contents = wasm.AppendU32(nil, uint32(len(m.Code)))
			for range m.Code {
				contents = append(contents, 3, 0, byte(wasm.OpUnreachable), byte(wasm.OpEnd))
			}
		}
		dst = wasm.AppendSection(dst, s.ID, contents)
	}
	return wasm.AppendSection(dst, wasm.SectionCustom, append(wasm.AppendName(nil, "pledge"), id...)), nil
}
