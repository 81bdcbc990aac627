package abi

// Raw is one CBOR item in its encoded form, or nothing when empty. Whoever makes
// one from foreign bytes passes them through [Check] first.
type Raw []byte

// null is the encoding of null.
const null = 0xf6

// MarshalCBOR returns the item itself, not a copy. An empty Raw is null.
func (r Raw) MarshalCBOR() ([]byte, error) {
	if len(r) == 0 {
		return []byte{null}, nil
	}
	return r, nil
}

// UnmarshalCBOR sets r to a copy of b.
func (r *Raw) UnmarshalCBOR(b []byte) error {
	*r = append((*r)[:0:0], b...)
	return nil
}
