//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package linmem

import "golang.org/x/sys/unix"

const spaceFlags = unix.MAP_PRIVATE | unix.MAP_ANON

// newSystem offers reserve and commit only: madvise promises nothing about the
// contents here, so written pages are found by comparing.
func newSystem() system { return newReserved() }
