package linmem

import "os"

// system is what linmem asks of the operating system, and the seam at which
// tests inject faults. A nil function is one that the system does not offer. All
// slices given to it are whole host pages.
type system struct {
	// reserve returns n bytes of address space that fault when touched. Nil means
	// that there is no virtual memory to speak of: memories then live on the Go
	// heap and move when they grow.
	reserve func(n int) ([]byte, error)
	// commit lets b, inaccessible until now, be read and written; it reads as zeros.
	commit func(b []byte) error
	// huge asks for pages of 2 MiB where b is large enough for some. It is
	// advice, and nil where there is none.
	huge func(b []byte)
	// populate backs b with memory now, so that nobody has to wait for it later.
	// It is advice, and nil where there is none.
	populate func(b []byte)
	// decommit makes b inaccessible and forgets its contents.
	decommit func(b []byte) error
	// release undoes reserve.
	release func(b []byte) error

	// seal stores n bytes, which are zero but for the pieces, in a file without a
	// name that nobody can change any more, and returns its descriptor and a view
	// that must not be written.
	seal func(n int, pieces []Piece) (fd int, view []byte, err error)
	// unseal undoes seal.
	unseal func(fd int, view []byte) error
	// share puts a private copy-on-write view of a sealed file at b, from the
	// file's beginning.
	share func(b []byte, fd int) error
	// discard gives back every private page of b: what was shared shows the file
	// again, all else reads as zeros.
	discard func(b []byte) error

	// scan asks the kernel which pages of b are private or, if shared is wanted
	// too, there at all; fills vec with their extents relative to b in ascending
	// order and returns how many it filled and up to which offset it has looked.
	scan func(b []byte, shared bool, vec []region) (n, looked int, err error)
	// entries reads one pagemap entry for each page from the beginning of b.
	entries func(b []byte, out []uint64) (int, error)
}

// extent is a half-open range of bytes.
type extent struct{ from, to int }

// region is one answer of scan, laid out as the kernel writes it.
type region struct {
	from, to uint64
	flags    uint64
}

// regionZero marks a region whose pages are all the kernel's page of zeros: read
// but never written.
const regionZero = 1 << 5

// pageSize is the host's, a power of two; 4096 on most machines, 16384 or 65536
// on some arm64.
var pageSize = os.Getpagesize()

// guardSize is the inaccessible stretch behind each memory, in bytes.
const guardSize = 1 << 16

// pages rounds n bytes up to whole host pages.
func pages(n int) int { return (n + pageSize - 1) &^ (pageSize - 1) }

// zeros is a host page that nobody writes to.
var zeros [1 << 16]byte
