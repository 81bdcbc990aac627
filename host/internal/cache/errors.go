package cache

import (
	"encoding/hex"
	"fmt"
)

// DirError says why a directory cannot be used and what to do about it.
type DirError struct {
	Dir, Problem, Hint string
	Err                error // may be nil
}

// Error names the directory, the problem and the cure.
func (e *DirError) Error() string {
	return fmt.Sprintf("cache: directory %s %s: %s", e.Dir, e.Problem, e.Hint)
}

// Unwrap gives the system's error.
func (e *DirError) Unwrap() error { return e.Err }

// DamageError says that an entry is not what was stored. Err is the system's
// error when the file could not be read.
type DamageError struct {
	Key Key
	Err error
}

// Error names the entry.
func (e *DamageError) Error() string {
	return "cache: entry " + hex.EncodeToString(e.Key[:6]) + " is not what was stored"
}

// Unwrap gives the system's error.
func (e *DamageError) Unwrap() error { return e.Err }
