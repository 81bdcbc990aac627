package abi

// Response is what a task returned: a value, or an error in its place.
type Response struct {
	Value Raw         // one item; empty if Err is set
	Err   *GuestError // nil if there is a value
}

// The first element of a response.
const (
	kindValue = 0
	kindError = 1
)

// AppendValue appends [0, v]. The caller answers for v being one item; an empty
// one is null.
func AppendValue(dst []byte, v Raw) []byte {
	dst = append(dst, envelope, kindValue)
	if len(v) == 0 {
		return append(dst, null)
	}
	return append(dst, v...)
}

// AppendError appends [1, error]. What is empty or false is left out, but for Code
// and Message. The caller answers for the texts being UTF-8 and Data being one item.
func AppendError(dst []byte, e *GuestError) []byte {
	n := present(len(e.Data) > 0, e.Retry, e.State != "")
	dst = AppendHead(append(dst, envelope, kindError), MajorMap, 2+n)
	dst = AppendText(AppendText(dst, "code"), e.Code)
	if len(e.Data) > 0 {
		dst = append(AppendText(dst, "data"), e.Data...)
	}
	if e.Retry {
		dst = AppendBool(AppendText(dst, "retry"), true)
	}
	if e.State != "" {
		dst = AppendText(AppendText(dst, "state"), e.State)
	}
	return AppendText(AppendText(dst, "message"), e.Message)
}

// ParseResponse takes a response apart in one pass, under the rules of [Check]
// and within lim; depth counts from the value, or the error map, inward, and is at
// most [MaxDepth]. It allocates nothing when there is a value. The error is a
// [*SyntaxError] whose offset counts from the beginning of b.
func ParseResponse(b []byte, lim Limits) (Response, error) {
	lim = lim.withDefaults()
	lim.Depth = min(lim.Depth, MaxDepth)
	if len(b) > lim.Bytes {
		return Response{}, &SyntaxError{Offset: lim.Bytes, Reason: ReasonSize}
	}
	if len(b) > 1 && b[0] == envelope && b[1] <= kindError {
		if at, reason := check(b, 2, lim); reason != "" {
			return Response{}, &SyntaxError{Offset: at, Reason: reason}
		}
		return response(b, b[1], 2, len(b))
	}
	return parseUnusual(b, lim)
}

// SplitResponse is [ParseResponse] for a guest, which may take the word of the
// host: it reads the envelope as the host writes it and takes the value to be one
// item. Bytes that do not come from a host may make it panic.
func SplitResponse(b []byte) (Response, error) {
	if len(b) < MinEnvelope || b[0] != envelope || b[1] > kindError {
		return Response{}, &SyntaxError{Reason: ReasonShape, Detail: "a response of the host begins with the bytes 0x82, and 0 or 1"}
	}
	return response(b, b[1], 2, len(b))
}

// parseUnusual is ParseResponse for envelopes that are malformed, or well-formed
// but longer than they had to be.
func parseUnusual(b []byte, lim Limits) (Response, error) {
	fail := func(at int, r Reason, detail string) (Response, error) {
		return Response{}, &SyntaxError{Offset: at, Reason: r, Detail: detail}
	}
	lim.Depth++ // the envelope
	lim.Items += 2
	if at, reason := check(b, 0, lim); reason != "" {
		return fail(at, reason, "")
	}
	h, first, _ := readHead(b, 0)
	if h.Major != MajorArray || !h.Indefinite() && h.Arg != 2 {
		return fail(0, ReasonShape, "a response is an array of two elements")
	}
	k, value, _ := readHead(b, first)
	if k.Major != MajorUint || k.Arg > kindError {
		return fail(first, ReasonShape, "a response begins with 0 (a value follows) or 1 (an error)")
	}
	end := len(b)
	if h.Indefinite() {
		end--
		if value == end {
			return fail(0, ReasonShape, "a response is an array of two elements")
		}
		if after, _ := skip(b, value); after != end {
			return fail(0, ReasonShape, "a response is an array of two elements")
		}
	}
	return response(b, byte(k.Arg), value, end)
}

// response is the response whose second element is b[off:end], which has passed
// check.
func response(b []byte, kind byte, off, end int) (Response, error) {
	if kind == kindValue {
		return Response{Value: Raw(b[off:end:end])}, nil
	}
	e, err := parseError(b, off)
	if err != nil {
		return Response{}, err
	}
	return Response{Err: e}, nil
}

// parseError reads the error map that begins at off.
func parseError(b []byte, off int) (*GuestError, error) {
	e := new(GuestError)
	m, err := readMap(b, off, "the error")
	if err != nil {
		return nil, err
	}
	var code, message bool
	for m.next() {
		switch string(m.name) {
		case "code":
			e.Code, code = m.text("code")
		case "message":
			e.Message, message = m.text("message")
		case "retry":
			e.Retry = m.bool("retry")
		case "data":
			e.Data = m.raw()
		case "state": // not part of a guest's error: ignored when it is no text
			if b[m.value]>>5 == MajorText {
				e.State, _ = m.text("state")
			}
		}
	}
	switch {
	case m.err != nil:
		return nil, m.err
	case !code:
		return nil, &SyntaxError{Offset: off, Reason: ReasonShape, Detail: "the error has no code"}
	case !message:
		return nil, &SyntaxError{Offset: off, Reason: ReasonShape, Detail: "the error has no message"}
	}
	return e, nil
}
