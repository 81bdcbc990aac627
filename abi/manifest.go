package abi

import "strconv"

// Manifest is what a module says about itself. It documents: the host believes
// the list of task names and checks no arguments against the schemas.
type Manifest struct {
	Name    string     // of the module
	Version string     // of the module; may be empty
	SDK     string     // what built it, "name/version"; may be empty
	Tasks   []TaskInfo // in the author's order
}

// TaskInfo describes one task of a module.
type TaskInfo struct {
	Name   string // by which it is called
	Doc    string // one line or more for people; may be empty
	Input  Raw    // JSON Schema of the arguments as CBOR; empty when unknown
	Output Raw    // JSON Schema of the value as CBOR; empty when unknown
}

// AppendManifest appends m as deterministic CBOR. What is empty is left out. The caller answers
// for the texts being UTF-8 and the schemas being maps or booleans.
func AppendManifest(dst []byte, m *Manifest) []byte {
	dst = AppendHead(dst, MajorMap, 3+present(m.Version != "", m.SDK != ""))
	dst = AppendUint(AppendText(dst, "abi"), Version)
	if m.SDK != "" {
		dst = AppendText(AppendText(dst, "sdk"), m.SDK)
	}
	dst = AppendText(AppendText(dst, "name"), m.Name)
	dst = AppendHead(AppendText(dst, "tasks"), MajorArray, uint64(len(m.Tasks)))
	for i := range m.Tasks {
		dst = appendTask(dst, &m.Tasks[i])
	}
	if m.Version != "" {
		dst = AppendText(AppendText(dst, "version"), m.Version)
	}
	return dst
}

// appendTask appends one element of tasks.
func appendTask(dst []byte, t *TaskInfo) []byte {
	dst = AppendHead(dst, MajorMap, 1+present(t.Doc != "", len(t.Input) > 0, len(t.Output) > 0))
	if t.Doc != "" {
		dst = AppendText(AppendText(dst, "doc"), t.Doc)
	}
	dst = AppendText(AppendText(dst, "name"), t.Name)
	if len(t.Input) > 0 {
		dst = append(AppendText(dst, "input"), t.Input...)
	}
	if len(t.Output) > 0 {
		dst = append(AppendText(dst, "output"), t.Output...)
	}
	return dst
}

// present counts what is true.
func present(fields ...bool) (n uint64) {
	for _, f := range fields {
		if f {
			n++
		}
	}
	return n
}

// ParseManifest reads a manifest under the rules of [Check] with the defaults.
// Unknown keys are ignored; two tasks of one name are an error. The error is a
// [*SyntaxError].
func ParseManifest(b []byte) (*Manifest, error) {
	if err := Check(b, Limits{}); err != nil {
		return nil, err
	}
	f, err := readMap(b, 0, "the manifest")
	if err != nil {
		return nil, err
	}
	m := new(Manifest)
	var abi, name, tasks bool
	for f.next() {
		switch string(f.name) {
		case "abi":
			abi = true
			h, _, _ := readHead(b, f.value)
			if h.Major != MajorUint || h.Arg != Version {
				f.err = &SyntaxError{Offset: f.value, Reason: ReasonVersion, Detail: "abi must be 1"}
			}
		case "name":
			m.Name, name = f.text("name")
		case "version":
			m.Version, _ = f.text("version")
		case "sdk":
			m.SDK, _ = f.text("sdk")
		case "tasks":
			tasks = true
			m.Tasks, f.err = parseTasks(b, f.value)
		}
	}
	missing := func(what string) (*Manifest, error) {
		return nil, &SyntaxError{Reason: ReasonShape, Detail: "the manifest has no " + what}
	}
	switch {
	case f.err != nil:
		return nil, f.err
	case !abi:
		return missing("abi")
	case !name:
		return missing("name")
	case !tasks:
		return missing("tasks")
	}
	return m, nil
}

// parseTasks reads the list of tasks that begins at off.
func parseTasks(b []byte, off int) ([]TaskInfo, error) {
	h, next, _ := readHead(b, off)
	if h.Major != MajorArray {
		return nil, &SyntaxError{Offset: off, Reason: ReasonShape, Detail: "tasks must be an array"}
	}
	tasks := []TaskInfo{}
	seen := map[string]bool{}
	for i := uint64(0); h.Indefinite() && b[next] != breakByte || !h.Indefinite() && i < h.Arg; i++ {
		where := "tasks[" + strconv.FormatUint(i, 10) + "]"
		t, err := parseTask(b, next, where)
		if err != nil {
			return nil, err
		}
		if seen[t.Name] {
			return nil, &SyntaxError{Offset: next, Reason: ReasonShape, Detail: where + " has the name of an earlier task"}
		}
		seen[t.Name] = true
		tasks = append(tasks, t)
		next, _ = skip(b, next)
	}
	return tasks, nil
}

// parseTask reads the task that begins at off; where names it in errors.
func parseTask(b []byte, off int, where string) (t TaskInfo, err error) {
	f, err := readMap(b, off, where)
	if err != nil {
		return t, err
	}
	var name bool
	for f.next() {
		switch string(f.name) {
		case "name":
			t.Name, name = f.text(where + ".name")
		case "doc":
			t.Doc, _ = f.text(where + ".doc")
		case "input":
			t.Input = f.schema(where + ".input")
		case "output":
			t.Output = f.schema(where + ".output")
		}
	}
	if f.err != nil {
		return t, f.err
	}
	if !name {
		return t, &SyntaxError{Offset: off, Reason: ReasonShape, Detail: where + " has no name"}
	}
	return t, nil
}

// schema is the value, which must be a JSON Schema: a map, false or true.
func (f *fields) schema(name string) Raw {
	h, _, _ := readHead(f.b, f.value)
	isBool := h.Major == MajorSimple && (h.Info == SimpleFalse || h.Info == SimpleTrue)
	if h.Major != MajorMap && !isBool {
		f.fail(name + " must be a JSON Schema: a map, false or true")
	}
	return f.raw()
}
