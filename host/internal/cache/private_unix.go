//go:build unix

package cache

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// checkPrivate makes sure that a file is ours and that nobody else has any right
// to it.
func checkPrivate(name string, info fs.FileInfo) error {
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return &DirError{Dir: name, Problem: fmt.Sprintf("is open to others (mode %04o)", perm),
			Hint: fmt.Sprintf("chmod go= %s, after a look at what is in it", name)}
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return &DirError{Dir: name, Problem: fmt.Sprintf("belongs to user %d, and this process runs as %d", stat.Uid, os.Geteuid()),
			Hint: "choose a directory of your own"}
	}
	return nil
}
