package linmem

import (
	"slices"
	"sync"
)

// visitor is told of runs of private pages in ascending order.
type visitor interface {
	visit(from, to int)
}

// private tells v of all pages between two offsets that are not, or may not be,
// what the image says. The method is scan or pagemap.
func (m *Memory) private(method Method, from, to int, v visitor) error {
	if method == MethodPagemap {
		return m.listed(from, to, v)
	}
	return m.scanned(from, to, v)
}

// scanned asks the kernel for a list, and again from where the list was full.
func (m *Memory) scanned(from, end int, v visitor) error {
	for at := from; at < end; {
		n, looked, err := m.sys.scan(m.space[at:end], false, m.vec[:])
		if err != nil {
			return err
		}
		for _, r := range m.vec[:n] {
			from, to := at+int(r.from), at+int(r.to)
			// Behind the stored part the kernel's page of zeros is the image. Within
			// it, such a page can only come from a merge of equal pages, and is not.
			if r.flags&regionZero == 0 || m.image != nil && from < len(m.image.data) {
				v.visit(from, to)
			}
		}
		at += looked
	}
	return nil
}

// The bits of a pagemap entry that need no privilege to be seen.
const (
	entryFile    = 1 << 61 // a page of a file, or shared
	entrySwapped = 1 << 62
	entryPresent = 1 << 63
)

// entryBuffers holds the entries of 2 MiB of 4 KiB pages at a time.
var entryBuffers = sync.Pool{New: func() any { return new([512]uint64) }}

// listed reads the entries of the pages.
func (m *Memory) listed(from, end int, v visitor) error {
	buf := entryBuffers.Get().(*[512]uint64)
	defer entryBuffers.Put(buf)
	for at := from; at < end; {
		want := min(len(buf), (end-at)/pageSize)
		n, err := m.sys.entries(m.space[at:end], buf[:want])
		if err != nil {
			return err
		}
		visitEntries(at, buf[:n], v)
		at += n * pageSize
	}
	return nil
}

// visitEntries tells of the private runs among consecutive pages.
func visitEntries(at int, entries []uint64, v visitor) {
	for i := 0; i < len(entries); {
		start := i
		for i < len(entries) && private(entries[i]) {
			i++
		}
		if start < i {
			v.visit(at+start*pageSize, at+i*pageSize)
		} else {
			i++
		}
	}
}

func private(entry uint64) bool {
	return entry&(entryPresent|entrySwapped) != 0 && entry&entryFile == 0
}

// extents collects what it is told.
type extents []extent

func (e *extents) visit(from, to int) { *e = append(*e, extent{from, to}) }

// touched returns extents outside of which the memory is zero, in order and apart:
// what its image has and what was written since.
func (m *Memory) touched() []extent {
	var found extents
	if !m.list(0, m.granted(), &found) {
		return []extent{{0, m.size}}
	}
	if m.image != nil {
		found = append(found, m.image.runs...)
	}
	return union(found)
}

// list is private by the best method that can, and reports whether there is one.
// v may be told of a page twice.
func (m *Memory) list(from, to int, v visitor) bool {
	for method := MethodScan; method <= MethodPagemap; method++ {
		if method.needs(&m.sys.system) && m.private(method, from, to, v) == nil {
			return true
		}
	}
	return false
}

// union sorts extents and joins those that meet. It widens them to whole pages.
func union(all []extent) (apart []extent) {
	slices.SortFunc(all, func(a, b extent) int { return a.from - b.from })
	for _, e := range all {
		e.to = pages(e.to)
		if n := len(apart); n > 0 && e.from <= apart[n-1].to {
			apart[n-1].to = max(apart[n-1].to, e.to)
		} else {
			apart = append(apart, e)
		}
	}
	return apart
}
