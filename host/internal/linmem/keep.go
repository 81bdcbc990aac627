package linmem

// keepMax is how many bytes of what an instance grew are kept for the next one.
// Tasks that grow their memory tend to do so every time, and to take pages from
// the kernel costs ten times what clearing those that are there does. More than
// that comes in huge pages, where the kernel clears as fast.
const keepMax = 8 << 20

// takeBack ends the grant of all past an offset in whole pages. Up to keepMax
// bytes of it are cleared and stay with the memory, charged, until it grows or
// rests. They stay accessible too: what a guest may touch is decided by the size
// that its engine sees, and to close and open pages costs as much as to get them.
func (m *Memory) takeBack(to int) error {
	if err := m.cut(to + keepMax); err != nil {
		return err
	}
	if m.sys.reserve == nil || !m.list(to, m.granted(), wiper{m}) {
		return m.cut(to)
	}
	return nil
}

// wiper clears what it is told.
type wiper struct{ m *Memory }

func (w wiper) visit(from, to int) { clear(w.m.space[from:to]) }
