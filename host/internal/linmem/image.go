package linmem

import (
	"bytes"
	"iter"
	"math"
	"sync"
	"sync/atomic"
)

// Image is a linear memory as it stood when it was captured. It never changes.
// Its bytes up to the last one that is not zero are stored once, however many
// memories are made from it: in a sealed file without a name where the system
// has such a thing, else on the Go heap. All methods may be called concurrently.
type Image struct {
	sys    *platform
	budget *Budget
	size   int      // bytes of the captured memory
	data   []byte   // what is stored; whole host pages, never written
	runs   []extent // where data is not zero
	fd     int      // of the sealed file behind data; -1: data is on the Go heap
	close  sync.Once
	refs   atomic.Int64 // the maker's and one for each memory; 0: storage is gone
}

// Capture stores mem as an image and charges what it stores to budget. The
// caller must not let mem change meanwhile and keeps it. It returns a
// *[BudgetError] when the budget has no room. When the system refuses a sealed
// file, the image is kept on the heap: memories made from it do not share pages.
func Capture(mem []byte, budget *Budget) (*Image, error) {
	return capture(native(), mem, budget)
}

func capture(sys *platform, mem []byte, budget *Budget) (*Image, error) {
	return store(sys, mem, []extent{{0, len(mem)}}, budget)
}

// Capture is [Capture] of the whole memory, which must not change meanwhile. It
// does not look at pages that were never touched, so that a large memory with
// little in it is captured fast. The memory goes on as it is; [Memory.Adopt] makes
// it one of those that share the image. It returns [ErrFreed] or a *[BudgetError].
func (m *Memory) Capture(budget *Budget) (*Image, error) {
	if m.space == nil {
		return nil, ErrFreed
	}
	return store(m.sys, m.Bytes(), m.touched(), budget)
}

// store makes an image of mem, which is zero outside of the extents within.
func store(sys *platform, mem []byte, within []extent, budget *Budget) (*Image, error) {
	runs, stored := content(mem, within)
	pieces := make([]Piece, len(runs))
	for i, r := range runs {
		pieces[i] = Piece{uint64(r.from), mem[r.from:r.to]}
	}
	return assemble(sys, len(mem), runs, stored, pieces, budget)
}

// Piece is some bytes of a memory.
type Piece struct {
	Offset uint64
	Bytes  []byte
}

// Assemble makes an image of size bytes that are zero but for the pieces, which
// come in ascending order and do not overlap; [ErrPieces] says that they do not.
// It is [Capture] for a memory that is not there, and need not be. It returns a
// *[BudgetError] when the budget has no room.
func Assemble(size uint64, pieces []Piece, budget *Budget) (*Image, error) {
	return assembled(native(), size, pieces, budget)
}

func assembled(sys *platform, size uint64, pieces []Piece, budget *Budget) (*Image, error) {
	if size > math.MaxInt-guardSize {
		return nil, ErrMax
	}
	var runs []extent
	stored, end := 0, uint64(0)
	for _, p := range pieces {
		if p.Offset < end || p.Offset > size || uint64(len(p.Bytes)) > size-p.Offset {
			return nil, ErrPieces
		}
		end = p.Offset + uint64(len(p.Bytes))
		if len(p.Bytes) == 0 {
			continue
		}
		from, to := int(p.Offset)&^(pageSize-1), min(pages(int(end)), int(size))
		if n := len(runs); n > 0 && runs[n-1].to >= from {
			runs[n-1].to = to
		} else {
			runs = append(runs, extent{from, to})
		}
		stored = pages(to)
	}
	return assemble(sys, int(size), runs, stored, pieces, budget)
}

// assemble makes an image that is zero but for the pieces, which lie within runs,
// which end within the first stored bytes.
func assemble(sys *platform, size int, runs []extent, stored int, pieces []Piece, budget *Budget) (*Image, error) {
	img := &Image{sys: sys, budget: budget, size: size, runs: runs, fd: -1}
	img.refs.Store(1)
	if stored == 0 {
		return img, nil
	}
	if err := budget.Reserve(uint64(stored)); err != nil {
		return nil, err
	}
	if sys.seal != nil && sys.share != nil {
		if fd, view, err := sys.seal(stored, pieces); err == nil {
			img.fd, img.data = fd, view
			return img, nil
		}
	}
	img.data = make([]byte, stored)
	for _, p := range pieces {
		copy(img.data[p.Offset:], p.Bytes)
	}
	return img, nil
}

// content returns the runs of host pages of mem that are not all zero, clipped
// to mem, and the end of the last one in whole pages.
func content(mem []byte, within []extent) (runs []extent, stored int) {
	for _, w := range within {
		for from := w.from; from < min(w.to, len(mem)); from += pageSize {
			to := min(from+pageSize, len(mem))
			if bytes.Equal(mem[from:to], zeros[:to-from]) {
				continue
			}
			if n := len(runs); n > 0 && runs[n-1].to == from {
				runs[n-1].to = to
			} else {
				runs = append(runs, extent{from, to})
			}
			stored = pages(to)
		}
	}
	return runs, stored
}

// Size returns the size of the captured memory in bytes.
func (i *Image) Size() uint64 { return uint64(i.size) }

// Stored returns how many bytes the image keeps, which is what it is charged for.
func (i *Image) Stored() uint64 { return uint64(len(i.data)) }

// All gives the runs of host pages that are not all zero, each with its offset,
// in order. They must not be changed, nor be kept after the image is gone.
func (i *Image) All() iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		for _, r := range i.runs {
			if !yield(uint64(r.from), i.data[r.from:r.to:r.to]) {
				return
			}
		}
	}
}

// Shared reports whether memories made from the image share its pages.
func (i *Image) Shared() bool { return i.fd >= 0 || len(i.data) == 0 }

// Close gives up the maker's hold. Memories made from the image live on, and the
// last one to be freed takes the storage with it. Twice is harmless.
func (i *Image) Close() { i.close.Do(i.unref) }

// ref takes a hold, unless the storage is gone.
func (i *Image) ref() bool {
	for {
		n := i.refs.Load()
		if n == 0 {
			return false
		}
		if i.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (i *Image) unref() {
	if i.refs.Add(-1) > 0 {
		return
	}
	i.budget.Release(uint64(len(i.data)))
	if i.fd >= 0 {
		i.sys.unseal(i.fd, i.data)
	}
}
