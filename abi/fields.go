package abi

// fields reads a map whose keys are names, in bytes that have passed check.
type fields struct {
	b     []byte
	off   int    // of the next key, or the break
	left  uint64 // pairs to come, far away if indefinite
	indef bool
	name  []byte // the key, nil when it is not a text
	value int    // offset of its value
	err   error  // the first value of the wrong type
}

// readMap begins to read the map at off; what names it in an error.
func readMap(b []byte, off int, what string) (*fields, error) {
	h, next, reason := readHead(b, off)
	if reason != "" {
		return nil, &SyntaxError{Offset: off, Reason: reason}
	}
	if h.Major != MajorMap {
		return nil, &SyntaxError{Offset: off, Reason: ReasonShape, Detail: what + " must be a map"}
	}
	f := &fields{b: b, off: next, left: h.Arg, indef: h.Indefinite()}
	if f.indef {
		f.left = farAway
	}
	return f, nil
}

// next steps to the next pair. It is false at the end and after an error.
func (f *fields) next() bool {
	if f.err != nil || f.left == 0 || f.indef && f.b[f.off] == breakByte {
		return false
	}
	f.left--
	h, body, _ := readHead(f.b, f.off)
	f.name = nil
	if h.Major == MajorText {
		f.name, _ = joined(f.b, h, body)
	}
	f.value, _ = skip(f.b, f.off)
	f.off, _ = skip(f.b, f.value)
	return true
}

// raw is the value as it stands.
func (f *fields) raw() Raw { return Raw(f.b[f.value:f.off:f.off]) }

// text is the value, which must be a text. It is a copy.
func (f *fields) text(name string) (string, bool) {
	h, body, _ := readHead(f.b, f.value)
	if h.Major != MajorText {
		f.fail(name + " must be a text")
		return "", false
	}
	s, _ := joined(f.b, h, body)
	return string(s), true
}

// bool is the value, which must be false or true.
func (f *fields) bool(name string) bool {
	h, _, _ := readHead(f.b, f.value)
	if h.Major != MajorSimple || h.Info != SimpleFalse && h.Info != SimpleTrue {
		f.fail(name + " must be false or true")
	}
	return h.Info == SimpleTrue
}

// fail notes that the value is not what it must be.
func (f *fields) fail(detail string) {
	if f.err == nil {
		f.err = &SyntaxError{Offset: f.value, Reason: ReasonShape, Detail: detail}
	}
}
