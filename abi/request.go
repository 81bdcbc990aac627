package abi

import "unicode/utf8"

// envelope is the head of an array of two elements, with which every request and
// every response that pledge writes begins.
const envelope = MajorArray<<5 | 2

// AppendRequest appends [task, args]. The caller answers for task being UTF-8
// and args being one item; empty args are null.
func AppendRequest(dst []byte, task string, args Raw) []byte {
	dst = AppendText(append(dst, envelope), task)
	if len(args) == 0 {
		return append(dst, null)
	}
	return append(dst, args...)
}

// ParseRequest takes a request apart and passes its arguments through [Check]
// within lim, whose bytes are those of the whole request. The error is a
// [*SyntaxError] whose offset counts from the beginning of b.
func ParseRequest(b []byte, lim Limits) (task string, args Raw, err error) {
	name, off, err := requestTask(b)
	if err != nil {
		return "", nil, err
	}
	lim = lim.withDefaults()
	if len(b) > lim.Bytes {
		return "", nil, &SyntaxError{Offset: lim.Bytes, Reason: ReasonSize}
	}
	if at, reason := check(b, off, lim); reason != "" {
		return "", nil, &SyntaxError{Offset: at, Reason: reason}
	}
	return string(name), Raw(b[off:]), nil
}

// SplitRequest is [ParseRequest] for a guest, which may take the word of the
// host for the arguments: it looks at the envelope and the task only, copies
// nothing and takes what follows to be one item.
func SplitRequest(b []byte) (task []byte, args Raw, err error) {
	name, off, err := requestTask(b)
	if err != nil {
		return nil, nil, err
	}
	if off == len(b) {
		return nil, nil, &SyntaxError{Offset: off, Reason: ReasonTruncated}
	}
	return name, Raw(b[off:]), nil
}

// requestTask reads the envelope and the task, and returns where the arguments
// begin.
func requestTask(b []byte) (task []byte, off int, err error) {
	if len(b) == 0 {
		return nil, 0, &SyntaxError{Reason: ReasonTruncated}
	}
	if b[0] != envelope {
		return nil, 0, &SyntaxError{Reason: ReasonShape, Detail: "a request begins with the byte 0x82"}
	}
	h, off, reason := readHead(b, 1)
	end, detail := 0, ""
	switch {
	case reason != "":
	case h.Major != MajorText:
		reason, detail = ReasonShape, "the task must be a text"
	case h.Info == infoIndefinite:
		reason, detail = ReasonShortest, "the task must have a definite length"
	case !h.Shortest():
		reason, detail = ReasonShortest, "the length of the task must be in its shortest form"
	case h.Arg > uint64(len(b)-off):
		reason = ReasonTruncated
	default:
		if end = off + int(h.Arg); !utf8.Valid(b[off:end]) {
			reason = ReasonUTF8
		}
	}
	if reason != "" {
		return nil, 0, &SyntaxError{Offset: 1, Reason: reason, Detail: detail}
	}
	return b[off:end:end], end, nil
}
