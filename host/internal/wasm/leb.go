package wasm

// Uvarint32 reads an unsigned LEB128 number of at most 32 bits. n is the number of bytes read; 0 means that b ended
// first, -1 that the number is longer than five bytes or larger than 32 bits. Longer encodings than necessary are
// numbers too, as the format has it, up to that length.
func Uvarint32(b []byte) (v uint32, n int) {
	for i := 0; i < 5; i++ {
		if i >= len(b) {
			return 0, 0
		}
		c := b[i]
		if i == 4 && c > 0x0f {
			return 0, -1
		}
		v |= uint32(c&0x7f) << (7 * i)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, -1
}

// Varint32 reads a signed LEB128 number of 32 bits; n is as for [Uvarint32].
func Varint32(b []byte) (v int32, n int) {
	w, n := varint(b, 32)
	return int32(w), n
}

// Varint33 reads a signed LEB128 number of 33 bits, the form of a block type; n is as for [Uvarint32].
func Varint33(b []byte) (v int64, n int) { return varint(b, 33) }

// Varint64 reads a signed LEB128 number of 64 bits; n is as for [Uvarint32], with ten bytes.
func Varint64(b []byte) (v int64, n int) { return varint(b, 64) }

func varint(b []byte, bits int) (v int64, n int) {
	most := (bits + 6) / 7
	for i := 0; i < most; i++ {
		if i >= len(b) {
			return 0, 0
		}
		c := b[i]
		v |= int64(c&0x7f) << (7 * i)
		if c >= 0x80 {
			continue
		}
		if used := 7 * (i + 1); used < 64 {
			v = v << (64 - used) >> (64 - used)
		}
		if i == most-1 {
			// The bits of the last byte beyond the number's own must repeat its sign.
			rest := int8(c<<1) >> 1
			if sign := rest >> (bits - 7*i - 1); sign != 0 && sign != -1 {
				return 0, -1
			}
		}
		return v, i + 1
	}
	return 0, -1
}

// AppendU32 appends an unsigned LEB128 number in the shortest form.
func AppendU32(dst []byte, v uint32) []byte {
	for v >= 0x80 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}

// AppendS64 appends a signed LEB128 number in the shortest form; AppendS32 is the same for 32 bits.
func AppendS64(dst []byte, v int64) []byte {
	for v < -64 || v > 63 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v)&0x7f)
}

// AppendS32 appends a signed LEB128 number in the shortest form.
func AppendS32(dst []byte, v int32) []byte { return AppendS64(dst, int64(v)) }

// AppendName appends a name: its length in bytes, then the bytes.
func AppendName(dst []byte, s string) []byte {
	return append(AppendU32(dst, uint32(len(s))), s...)
}

// AppendBytes appends a vector of bytes: their number, then the bytes.
func AppendBytes(dst, s []byte) []byte {
	return AppendLong(AppendU32(dst, uint32(len(s))), s)
}
