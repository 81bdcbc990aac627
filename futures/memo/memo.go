// Package memo answers one question: has this been computed before, or is it
// being computed right now?
//
// A task that is a function of its arguments need not run twice for equal ones.
// A [Cache] gives a run the result that an earlier one with the same [Key] came
// to, lets runs with equal keys that come at the same time share one, and keeps
// results in a [Store], such as [Memory].
package memo

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
)

// Key stands for all that a result depends on.
type Key [sha256.Size]byte

// KeyOf returns the key of a sequence of parts, such as the digest of a module,
// the name of a task, and its arguments in a canonical form. Other parts, another
// order, or other borders between them make another key.
func KeyOf(parts ...[]byte) Key {
	var few [512]byte
	b, size := few[:0], 0
	for _, p := range parts {
		size += 8 + len(p)
	}
	if size > len(few) {
		return keyOfMuch(parts)
	}
	for _, p := range parts {
		b = append(binary.BigEndian.AppendUint64(b, uint64(len(p))), p...)
	}
	return sha256.Sum256(b)
}

// keyOfMuch is KeyOf for parts of any size. It hashes them by way of a buffer, so
// that callers can keep what they pass to KeyOf on their stacks.
func keyOfMuch(parts [][]byte) Key {
	h := sha256.New()
	b := make([]byte, 0, 16<<10)
	for _, p := range parts {
		b = binary.BigEndian.AppendUint64(b, uint64(len(p)))
		for len(p) > 0 {
			n := min(len(p), cap(b)-len(b))
			b, p = append(b, p[:n]...), p[n:]
			if len(b) == cap(b) {
				h.Write(b)
				b = b[:0]
			}
		}
	}
	h.Write(b)
	return Key(h.Sum(b[:0]))
}

// String is the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// Entry is what a run came to.
type Entry struct {
	Value   abi.Raw           // the result; not to be modified
	Failure *futures.RunError // in its place if the run failed
	Expires time.Time         // when it is no longer good; zero means never
}

func (e Entry) good() bool { return e.Expires.IsZero() || time.Now().Before(e.Expires) }

// Store keeps entries; package memotest tests one. Its methods may be called by
// several goroutines. A store may forget an entry at any time, and need not look
// at Expires.
type Store interface {
	// Get returns the entry of a key, or false if there is none.
	Get(Key) (Entry, bool, error)
	// Put keeps an entry, in place of an earlier one. An error means that it is
	// not kept; the earlier one must not be either.
	Put(Key, Entry) error
	// Delete forgets the entry of a key if there is one.
	Delete(Key) error
}
