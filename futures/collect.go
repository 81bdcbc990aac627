package futures

import "github.com/pledge-wasm/pledge/abi"

// Nested is a future inside a value.
type Nested struct {
	Future Any
	Path   Path // where it stands for the first time
}

// Collect returns the futures nested in v, each once, in document order: those
// in slices, arrays, maps (keys too), pointers, interfaces and exported struct
// fields, at any depth, but not those inside [Raw].
//
// It does not wait, and looks into no results and no CBOR. If the type of v
// cannot hold a future it does not look at v either. The error is a
// *[ResolveError]: [ErrCycle] or [ErrDepth].
func Collect(v any) ([]Nested, error) {
	if !holds(v) {
		return nil, nil
	}
	var found []Nested
	seen := make(map[*core]bool)
	err := collect(v, func(f Any, path Path, m mode) {
		if c := f.base(); m&modeRaw == 0 && !seen[c] {
			seen[c] = true
			found = append(found, Nested{f, append(Path{}, path...)})
		}
	})
	return found, err
}

// collect calls found for each occurrence of a future in v, those inside Raw
// included. The path is good during the call. Call it only where v [holds] some.
func collect(v any, found func(f Any, path Path, m mode)) error {
	w := &walker{maxDepth: abi.MaxDepth, look: true}
	w.future = func(f Any, m mode) (any, bool, error) {
		found(f, w.path, m)
		return nil, false, nil
	}
	w.raw = func(abi.Raw, mode) (any, bool, error) { return nil, false, nil }
	w.id = func(abi.ID, mode) (any, bool, error) { return nil, false, nil }
	_, _, err := w.value(v, 0)
	return err
}
