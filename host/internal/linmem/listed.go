package linmem

import "sync"

// The bits of a pagemap entry that need no privilege to be seen.
const (
	entryFile    = 1 << 61 // a page of a file, or shared
	entrySwapped = 1 << 62
	entryPresent = 1 << 63
)

// entryBuffers holds the entries of 2 MiB of 4 KiB pages at a time.
var entryBuffers = sync.Pool{New: func() any { return new([512]uint64) }}

// putListed restores the pages whose pagemap entries say that they are there and
// no file's. The entries do not tell a page of zeros that was only read from one
// that was written, so each page is compared.
func (m *Memory) putListed() (int, error) {
	buf := entryBuffers.Get().(*[512]uint64)
	defer entryBuffers.Put(buf)
	all := m.space[:m.charged]
	t := tally{m: m, careful: true}
	for at := 0; at < len(all); {
		want := min(len(buf), (len(all)-at)/pageSize)
		n, err := m.sys.entries(all[at:], buf[:want])
		if err != nil {
			return t.found, err
		}
		t.list(at, buf[:n])
		at += n * pageSize
	}
	return t.done(), nil
}

// list restores the private runs among consecutive pages.
func (t *tally) list(at int, entries []uint64) {
	for i := 0; i < len(entries); {
		start := i
		for i < len(entries) && private(entries[i]) {
			i++
		}
		if start < i {
			t.restore(at+start*pageSize, at+i*pageSize)
		} else {
			i++
		}
	}
}

func private(entry uint64) bool {
	return entry&(entryPresent|entrySwapped) != 0 && entry&entryFile == 0
}
