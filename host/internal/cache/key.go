package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
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
func isEntry(name string) bool {
	if len(name) != 2*len(Key{})+len(suffix) || name[2*len(Key{}):] != suffix {
		return false
	}
	_, err := hex.DecodeString(name[:2*len(Key{})])
	return err == nil
}
