package logs

import "unicode/utf8"

const hex = "0123456789abcdef"

// Clean appends src to dst as text that is harmless wherever it may be shown,
// and returns the result with the number of bytes of src that it took. It
// appends at most room bytes and never cuts a character or an escape in two.
//
//   - A byte that is not UTF-8 becomes U+FFFD.
//   - Tab and newline stay; "\r\n" becomes newline.
//   - Every other control character (C0, DEL, C1) is written out: \x1b, \u0085.
//   - So are the characters that turn or hide text: bidirectional marks,
//     embeddings, overrides and isolates, line and paragraph separators,
//     zero-width space and no-break space, invisible operators, annotation
//     marks and tags. The joiners U+200C and U+200D stay: scripts and emoji
//     need them.
//
// A backslash that the guest wrote stays as it is, so the escapes are for
// safety and not for decoding.
func Clean(dst, src []byte, room int) (out []byte, taken int) {
	end := len(dst) + max(room, 0)
	for taken < len(src) {
		rest := src[taken:]
		run := plainPrefix(rest[:min(len(rest), end-len(dst))])
		dst = append(dst, rest[:run]...)
		if taken += run; taken == len(src) {
			break
		}
		next, size := appendRune(dst, src[taken:])
		if len(next) > end {
			return dst, taken
		}
		dst = next
		taken += size
	}
	return dst, taken
}

// plain says which bytes are characters by themselves that stay as they are.
var plain = func() (table [256]bool) {
	for b := ' '; b <= '~'; b++ {
		table[b] = true
	}
	table['\n'], table['\t'] = true, true
	return table
}()

// plainPrefix returns how many bytes at the start of b are plain.
func plainPrefix(b []byte) int {
	for i, c := range b {
		if !plain[c] {
			return i
		}
	}
	return len(b)
}

// appendRune appends the first character of src, made harmless, and returns
// how many bytes of src it was.
func appendRune(dst, src []byte) ([]byte, int) {
	r, size := utf8.DecodeRune(src)
	switch {
	case r == '\r' && len(src) > 1 && src[1] == '\n':
		return dst, 1
	case r < ' ' && r != '\n' && r != '\t', r == 0x7f:
		return append(dst, '\\', 'x', hex[r>>4], hex[r&15]), size
	case hides(r):
		return appendEscape(dst, r), size
	}
	return utf8.AppendRune(dst, r), size // U+FFFD when not UTF-8
}

// appendEscape writes r as \uXXXX, or \UXXXXXXXX beyond the basic plane.
func appendEscape(dst []byte, r rune) []byte {
	shift := 12
	dst = append(dst, '\\', 'u')
	if r > 0xffff {
		shift = 28
		dst[len(dst)-1] = 'U'
	}
	for ; shift >= 0; shift -= 4 {
		dst = append(dst, hex[r>>shift&15])
	}
	return dst
}

// hides reports whether r controls or conceals the text around it.
func hides(r rune) bool {
	switch {
	case r < 0x80:
		return false
	case r <= 0x9f, // C1 controls
		r == 0x061c,              // Arabic letter mark
		r == 0x180e,              // Mongolian vowel separator
		r == 0x200b,              // zero-width space
		r == 0x200e, r == 0x200f, // direction marks
		r >= 0x2028 && r <= 0x202e,   // separators, embeddings, overrides
		r >= 0x2060 && r <= 0x206f,   // invisible operators, isolates
		r == 0xfeff,                  // zero-width no-break space
		r >= 0xfff9 && r <= 0xfffb,   // annotations
		r >= 0xe0000 && r <= 0xe007f: // tags
		return true
	}
	return false
}
