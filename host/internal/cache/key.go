package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// Key names an entry. Equal keys promise equal contents.
type Key [sha256.Size]byte

// NewKey makes a key of everything that the contents depend on, in order.
func NewKey(parts ...string) Key {
	h := sha256.New()
	var size [8]byte
	for _, p := range parts {
		binary.LittleEndian.PutUint64(size[:], uint64(len(p)))
		h.Write(size[:])
		h.Write([]byte(p))
	}
	return Key(h.Sum(nil))
}

const suffix = ".code"

func (k Key) file() string { return hex.EncodeToString(k[:]) + suffix }

// isEntry tells whether a file of the directory is one of ours.
func isEntry(name string) bool { return isHex(name, suffix) }

// isHex tells whether a name is 32 bytes in hexadecimal before a suffix, as all
// names are that the store gives.
func isHex(name, suffix string) bool {
	digits, ok := strings.CutSuffix(name, suffix)
	b, err := hex.DecodeString(digits)
	return ok && err == nil && len(b) == len(Key{})
}
