package cache

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"slices"
	"strings"
	"time"
)

const (
	tempSuffix = ".new"
	// tempAge is after what time a file that is being written was left behind
	// by a process that died.
	tempAge = time.Hour
)

// newTemp is a name for a file that is being written, and nobody else's.
func newTemp() string {
	var b [sha256.Size]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:]) + tempSuffix
}

// stored is an entry as eviction sees it.
type stored struct {
	name string
	size int64
	used time.Time
}

// evict deletes the entries that were not used for the longest time until the
// rest is within the bounds, and files that were left half written. Files that
// are not the store's own are let alone.
func (s *Store) evict() {
	list, err := fs.ReadDir(s.root.FS(), ".")
	if err != nil {
		return
	}
	var entries []stored
	var total int64
	for _, d := range list {
		name := d.Name()
		temp := isHex(name, tempSuffix)
		if !temp && !isEntry(name) {
			continue
		}
		info, err := d.Info()
		switch {
		case err != nil:
		case !temp:
			entries = append(entries, stored{name, info.Size(), info.ModTime()})
			total += info.Size()
		case time.Since(info.ModTime()).Abs() > tempAge:
			_ = s.root.Remove(name)
		}
	}
	slices.SortFunc(entries, func(a, b stored) int {
		return cmp.Or(a.used.Compare(b.used), strings.Compare(a.name, b.name))
	})
	for len(entries) > s.opts.Entries || total > s.opts.Bytes {
		_ = s.root.Remove(entries[0].name)
		total -= entries[0].size
		entries = entries[1:]
	}
}
