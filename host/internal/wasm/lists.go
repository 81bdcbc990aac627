package wasm

// Labels walks the labels of a br_table, the default one last, or those of the catch clauses of a try_table.
type Labels struct {
	b      []byte
	n      int
	clause bool
}

// Labels gives the labels of in, an instruction that Next has just read. For other instructions it is empty.
func (r *Reader) Labels(in *Instr) Labels {
	switch in.Op {
	case OpBrTable:
		return Labels{b: r.b[in.list:in.End], n: int(in.Imm) + 1}
	case OpTryTable:
		return Labels{b: r.b[in.list:in.End], n: int(in.Imm2), clause: true}
	}
	return Labels{}
}

// Len is the number of labels left.
func (l *Labels) Len() int { return l.n }

// Next gives the next label; ok is false after the last one. Labels of catch clauses count from outside of the
// try_table.
func (l *Labels) Next() (label uint32, ok bool) {
	if l.n == 0 {
		return 0, false
	}
	l.n--
	if l.clause {
		kind := l.b[0]
		l.b = l.b[1:]
		if kind < 2 {
			_, w := Uvarint32(l.b)
			l.b = l.b[w:]
		}
	}
	if b := l.b[0]; b < 0x80 {
		l.b = l.b[1:]
		return uint32(b), true
	}
	v, w := Uvarint32(l.b)
	l.b = l.b[w:]
	return v, true
}

// Types gives the types of a select that names them, as bytes of the file.
func (r *Reader) Types(in *Instr) []byte {
	if in.Op != OpSelectT {
		return nil
	}
	return r.b[in.list:in.End]
}
