package wasi

import (
	"fmt"
	"io"
	"strings"
)

// MaxStrings is the most that arguments and environment may hold, each, in
// bytes with one terminator a string.
const MaxStrings = 1 << 20

// Grants are the parts of the real world that a task may see. The zero value
// grants nothing and is the default. One Grants may serve many tasks at once.
type Grants struct {
	// Clock, if not nil, replaces the virtual clock.
	Clock *Clock

	// Entropy, if not nil, replaces the seeded stream; [crypto/rand.Reader] is
	// the usual one. It must be safe for concurrent use. An error of it
	// reaches the guest as EIO.
	Entropy io.Reader

	// Args are the guest's arguments, the program's name first.
	Args []string

	// Environ is the environment, each "NAME=VALUE".
	Environ []string
}

// Clock is a granted clock. Both functions must be safe for concurrent use.
// Readings reach the guest cut to [Resolution].
type Clock struct {
	// Wall returns the time as nanoseconds since 1970-01-01T00:00:00Z.
	Wall func() int64
	// Monotonic returns nanoseconds since any fixed moment. The guest sees it
	// continue from where the state that it began from was saved.
	Monotonic func() int64
}

// Validate reports the first thing in g that no guest could be shown. Whoever
// takes grants from outside calls it once; the System does not.
func (g *Grants) Validate() error {
	if g.Clock != nil && (g.Clock.Wall == nil || g.Clock.Monotonic == nil) {
		return fmt.Errorf("wasi: granted clock lacks a function; set both Wall and Monotonic")
	}
	if err := validateStrings("argument", g.Args); err != nil {
		return err
	}
	for _, v := range g.Environ {
		if strings.IndexByte(v, '=') < 1 {
			return fmt.Errorf("wasi: granted environment %q is not NAME=VALUE", v)
		}
	}
	return validateStrings("environment", g.Environ)
}

func validateStrings(kind string, list []string) error {
	for _, v := range list {
		if strings.IndexByte(v, 0) >= 0 {
			return fmt.Errorf("wasi: granted %s %q contains a NUL, which ends it for the guest", kind, v)
		}
	}
	if n := stringsSize(list); n > MaxStrings {
		return fmt.Errorf("wasi: granted %s of %d bytes exceeds the limit of %d", kind, n, MaxStrings)
	}
	return nil
}

// stringsSize returns the bytes of list with a terminator after each.
func stringsSize(list []string) uint64 {
	var n uint64
	for _, v := range list {
		n += uint64(len(v)) + 1
	}
	return n
}
