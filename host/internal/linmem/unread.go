package linmem

// A scan walks over every page that is there, also those that were only read, at
// some 20 ns each; a memory of which one task has read a gigabyte would pay for it
// ever after. So memories large enough for that to matter have their pages counted
// at every readsEvery-th reset, and when those that were only read are by far the
// most, all are given back. Reading them again faults once for 16 of them, which is
// little when it happens that seldom.
const (
	readsEvery = 128
	readsMin   = 1024 // pages; 20 us
)

// unread gives pages back if too many were only read; found is the number of those
// that were written. What it cannot do it leaves.
func (m *Memory) unread(found int) {
	end := m.granted()
	if end/pageSize < readsMin || m.sys.scan == nil || !m.image.Shared() {
		return
	}
	if m.habit.reads++; m.habit.reads < readsEvery {
		return
	}
	m.habit.reads = 0
	there := 0
	for at := 0; at < end; {
		n, looked, err := m.sys.scan(m.space[at:end], true, m.vec[:])
		if err != nil {
			return
		}
		for _, r := range m.vec[:n] {
			there += int(r.to-r.from) / pageSize
		}
		at += looked
	}
	if there-found >= max(readsMin, 8*found) {
		m.sys.discard(m.space[:end:end])
	}
}
