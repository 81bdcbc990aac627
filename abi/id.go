package abi

// FutureTag is the CBOR tag that stands for the result of a run: 0x706C6467, the
// letters "pldg". Its content is a byte string of 16 bytes, the [ID] of the run.
const FutureTag = 1886151783

// ID names a run: the 16 bytes of a UUID.
type ID [16]byte

const hexDigits = "0123456789abcdef"

// String is the ID in the usual form of a UUID, 36 characters in lower case.
func (id ID) String() string {
	var s [36]byte
	j := 0
	for i, c := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			s[j] = '-'
			j++
		}
		s[j], s[j+1] = hexDigits[c>>4], hexDigits[c&15]
		j += 2
	}
	return string(s[:])
}

// futureHead is what comes before the 16 bytes of an ID in the shortest form:
// the head of the tag and the head of the byte string.
const futureHead = "\xda\x70\x6c\x64\x67\x50"

// AppendFuture appends the reference to the run id, 22 bytes.
func AppendFuture(dst []byte, id ID) []byte {
	dst = append(dst, futureHead...)
	return append(dst, id[:]...)
}

// MarshalCBOR returns the reference as CBOR: [FutureTag] over the 16 bytes.
func (id ID) MarshalCBOR() ([]byte, error) { return AppendFuture(nil, id), nil }

// UnmarshalCBOR reads a reference in any valid encoding of [FutureTag].
func (id *ID) UnmarshalCBOR(b []byte) error {
	got, end, err := readFuture(b, 0)
	if err != nil {
		return err
	}
	if end != len(b) {
		return &SyntaxError{Offset: end, Reason: ReasonTrailing}
	}
	*id = got
	return nil
}
