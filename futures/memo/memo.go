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
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write(p)
	}
	return Key(h.Sum(nil))
}

// String is the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// Entry is what a run came to.
type Entry struct {
	Value   abi.Raw           // the result; not to be modified
	Failure *futures.RunError // in its place if the run failed
	Expires time.Time         // when it is no longer good; zero means never
}

func (e Entry) good(now time.Time) bool { return e.Expires.IsZero() || now.Before(e.Expires) }

// Store keeps entries; package memotest tests one. Its methods may be called by
// several goroutines. A store may forget an entry at any time, and need not look
// at Expires.
type Store interface {
	// Get returns the entry of a key, or false if there is none.
	Get(Key) (Entry, bool, error)
	// Put keeps an entry, in place of an earlier one. An error means that it is
	// not kept.
	Put(Key, Entry) error
	// Delete forgets the entry of a key if there is one.
	Delete(Key) error
}
