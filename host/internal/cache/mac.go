package cache

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
)

const (
	tagSize  = 16
	saltSize = 32
	// chunkSize is how many bytes of code one tag covers.
	chunkSize = 256 << 10
	// headTag is the index of the tag over everything but the code.
	headTag = 1<<32 - 1
)

// mac authenticates the pieces of one entry: AES-256-GCM without a message,
// which the processor does at several gigabytes a second, where SHA-256 takes
// as long as loading the code. The key of each entry is its own, from the
// directory's key, the entry's name and a random salt, so a nonce that merely
// counts is never used twice with one key.
type mac struct{ gcm cipher.AEAD }

func newMAC(secret []byte, key Key, salt []byte) (mac, error) {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("pledge compiled code 1\x00"))
	h.Write(key[:])
	h.Write(salt)
	block, err := aes.NewCipher(h.Sum(nil))
	if err != nil {
		return mac{}, err
	}
	gcm, err := cipher.NewGCM(block)
	return mac{gcm}, err
}

// append appends the tag of a piece.
func (m mac) append(dst []byte, index uint32, piece []byte) []byte {
	var nonce [12]byte
	binary.LittleEndian.PutUint32(nonce[:], index)
	return m.gcm.Seal(dst, nonce[:], nil, piece)
}

func (m mac) verify(index uint32, piece, tag []byte) bool {
	var got [tagSize]byte
	return subtle.ConstantTimeCompare(m.append(got[:0], index, piece), tag) == 1
}
