package linmem

import "math"

// Config says what [Reserve] makes.
type Config struct {
	// Max is the most bytes that the memory may ever have. At least the size of
	// the image; Reserve fails otherwise.
	Max uint64
	// Image, when not nil, is what the memory holds from the beginning.
	Image *Image
	// Budget is charged for what is committed. Nil: nothing is charged.
	Budget *Budget
	// Method is how Reset finds what was written. Zero: the best there is.
	Method Method
}

// Memory is one linear memory. See the package comment on who may use it when.
type Memory struct {
	sys     *platform
	budget  *Budget
	image   *Image
	method  Method
	auto    bool // method is chosen anew for each image
	max     int
	size    int    // bytes granted
	space   []byte // the whole reservation; on the heap: what is committed
	charged int    // bytes that are granted, or kept for the next growth; whole host pages
	resting bool   // committed, but not charged
	refused error

	habit habit
	tally tally      // of the reset that is under way
	vec   [64]region // answers of the kernel, reused
}

// Reserve makes a memory: address space for Max bytes, nothing of it committed
// but the image. With an image the memory has the image's size from the start.
// It returns a *[BudgetError], an *[Error], [ErrFreed], [ErrMax] or [ErrMethod].
func Reserve(c Config) (*Memory, error) { return reserve(native(), c) }

func reserve(sys *platform, c Config) (*Memory, error) {
	m := &Memory{sys: sys, budget: c.Budget, method: c.Method, auto: c.Method == MethodAuto}
	if m.auto {
		m.method = sys.methods[0]
	}
	if m.method > MethodCopy || !m.method.needs(&sys.system) {
		return nil, ErrMethod
	}
	if c.Max > math.MaxInt-2*guardSize || c.Image != nil && c.Image.Size() > c.Max {
		return nil, ErrMax
	}
	m.max = int(c.Max)
	if sys.reserve != nil {
		space, err := sys.reserve(pages(m.max) + guardSize)
		if err != nil {
			return nil, &Error{Op: "reserve", Bytes: c.Max, Err: err}
		}
		m.space = space
	} else {
		m.space = []byte{}
	}
	if c.Image != nil {
		if err := m.Adopt(c.Image); err != nil {
			m.Free()
			return nil, err
		}
	}
	return m, nil
}

// Bytes returns the memory: its length is its size and its capacity is no more.
// It is invalid after Free, and nil then.
func (m *Memory) Bytes() []byte { return m.space[:m.size:m.size] }

// Size returns how many bytes were granted.
func (m *Memory) Size() uint64 { return uint64(m.size) }

// granted is the end of what was granted, in whole pages.
func (m *Memory) granted() int { return pages(m.size) }

// Max returns the most bytes that the memory may ever have.
func (m *Memory) Max() uint64 { return uint64(m.max) }

// Method returns how Reset finds what was written.
func (m *Memory) Method() Method { return m.method }

// Grow makes the memory at least size bytes large and returns [Memory.Bytes]; the
// new bytes are zero. A memory never shrinks, so a size that it already has
// changes nothing: a memory made from an image answers the first, smaller request
// of an engine with all of its bytes. The address never changes, save on systems
// without virtual memory. It returns nil, with nothing changed, when the maximum,
// the budget or the system refuses; [Memory.Refused] then says which.
func (m *Memory) Grow(size uint64) []byte {
	if err := m.grow(size); err != nil {
		m.refused = err
		return nil
	}
	return m.Bytes()
}

// Refused returns why Grow last returned nil: [ErrMax], [ErrFreed], a
// *[BudgetError] or an *[Error]; nil when it never has.
func (m *Memory) Refused() error { return m.refused }

func (m *Memory) grow(size uint64) error {
	switch {
	case m.space == nil:
		return ErrFreed
	case size > uint64(m.max):
		return ErrMax
	case size <= uint64(m.size):
		return nil
	}
	if err := m.Wake(); err != nil {
		return err
	}
	to := pages(int(size))
	more := max(to-m.charged, 0)
	if err := m.budget.Reserve(uint64(more)); err != nil {
		return err
	}
	if err := m.commit(m.charged, to); err != nil {
		m.budget.Release(uint64(more))
		return err
	}
	m.soften(m.charged, to)
	m.charged, m.size = m.charged+more, int(size)
	return nil
}

// hugePage is the size of a huge page, in bytes.
const hugePage = 2 << 20

// Backed is the most bytes that [Memory.Grow] backs with real memory at once: a
// guest that touches them makes no faults. Of more than that each page, or each
// huge one, is found when it is touched.
const Backed = 2 * hugePage

// soften makes the first touch of new memory cheap. A page fault costs up to 20
// us on a virtual machine, fuel knows nothing of it, and a guest that touches
// every page of what it has grown could stay away from the host for a second.
// Large pieces get huge pages, one fault in place of 512; up to Backed bytes are
// backed at once, by a call of the system that holds up nobody else.
func (m *Memory) soften(from, to int) {
	if from >= to || m.sys.reserve == nil {
		return
	}
	if to-from >= hugePage && m.sys.huge != nil {
		m.sys.huge(m.space[from:to:to])
	}
	if to-from <= Backed && m.sys.populate != nil {
		m.sys.populate(m.space[from:to:to])
	}
}

// commit makes the pages between two offsets usable.
func (m *Memory) commit(from, to int) error {
	switch {
	case from >= to:
		return nil
	case m.sys.reserve == nil:
		space := make([]byte, to)
		copy(space, m.space)
		m.space = space
		return nil
	}
	if err := m.sys.commit(m.space[from:to:to]); err != nil {
		return &Error{Op: "commit", Bytes: uint64(to - from), Err: err}
	}
	return nil
}

// Free gives everything back. No code may use the memory any more. Twice is
// harmless.
func (m *Memory) Free() {
	if m.space == nil {
		return
	}
	if m.sys.reserve != nil {
		m.sys.release(m.space)
	}
	if !m.resting {
		m.budget.Release(uint64(m.charged))
	}
	m.space, m.size, m.charged, m.resting = nil, 0, 0, false
	if m.image != nil {
		m.image.unref()
		m.image = nil
	}
}
