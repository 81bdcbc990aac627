package host

import (
	"errors"
	"fmt"

	"github.com/pledge-wasm/pledge/host/internal/cache"
)

// CacheError says why [Config.CacheDir] cannot be used. Only a directory that
// exists and is read only, full, or damaged is no error: it costs time.
type CacheError struct {
	// Dir is the directory, Problem what is wrong with it and Hint what to do.
	Dir, Problem, Hint string
	Err                error // the system's error, or nil
}

// Error names the directory, the problem and the cure.
func (e *CacheError) Error() string {
	return fmt.Sprintf("host: cache directory %s %s: %s", e.Dir, e.Problem, e.Hint)
}

// Unwrap gives the system's error.
func (e *CacheError) Unwrap() error { return e.Err }

// engineError gives an error of the engine's construction its public form.
func engineError(err error) error {
	if dir, ok := errors.AsType[*cache.DirError](err); ok {
		return &CacheError{Dir: dir.Dir, Problem: dir.Problem, Hint: dir.Hint, Err: dir.Err}
	}
	return fmt.Errorf("host: %w", err)
}
