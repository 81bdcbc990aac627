package linmem

import "bytes"

// Reset makes the memory byte for byte its image again and returns how many host
// pages it has put back or, where the method compares first, has compared and
// found private. The cost follows the pages that were written since the image was
// taken and not given back since, not the size of the memory; only the copy
// method reads all of it.
//
// Pages that were written stay with the memory, so that the next task writes them
// without a fault; those that tasks have ceased to write are given back after a
// while, and by [Memory.Trim].
//
// It returns [ErrFreed], [ErrNoImage] or [ErrGrown], and then has changed nothing.
func (m *Memory) Reset() (int, error) {
	switch {
	case m.space == nil:
		return 0, ErrFreed
	case m.image == nil:
		return 0, ErrNoImage
	case m.size != m.image.size:
		return 0, ErrGrown
	}
	for method := m.method; method < MethodCopy; method++ {
		if method.needs(&m.sys.system) {
			if n, err := m.put(method); err == nil {
				return n, nil
			}
		}
	}
	return m.put(MethodCopy)
}

// Trim resets the memory and gives all of its private pages back to the system,
// for a memory that will not be used for a while. The next task faults them in
// again. Where pages cannot be given back it is Reset. Errors are those of Reset,
// and an *[Error], after which only Free may follow.
func (m *Memory) Trim() error {
	if m.space != nil && m.image != nil && m.size == m.image.size && MethodMadvise.needs(&m.sys.system) {
		m.habit = habit{}
		if err := m.cut(m.granted()); err != nil {
			return err
		}
		if _, err := m.put(MethodMadvise); err == nil {
			return nil
		}
	}
	_, err := m.Reset()
	return err
}

// put restores by one method and no other. When it fails the memory may be
// restored in part; any other method can finish.
func (m *Memory) put(method Method) (int, error) {
	switch method {
	case MethodMadvise:
		return m.putDiscarded()
	case MethodCopy:
		return m.compare(0, m.granted()), nil
	}
	// A list does not tell a page of zeros that was only read from one that was
	// written: overwriting it would make it private.
	m.tally = tally{m: m, careful: method == MethodPagemap}
	if err := m.private(method, 0, m.granted(), &m.tally); err != nil {
		return m.tally.found, err
	}
	return m.tally.done(), nil
}

// putDiscarded gives everything back.
func (m *Memory) putDiscarded() (int, error) {
	end := m.granted()
	if end == 0 {
		return 0, nil
	}
	if err := m.sys.discard(m.space[:end:end]); err != nil {
		return 0, err
	}
	if m.image.fd < 0 {
		copy(m.space, m.image.data)
	}
	return end / pageSize, nil
}

// overwrite puts the image back between two offsets in whole pages.
func (m *Memory) overwrite(from, to int) {
	data := m.image.data
	if from < len(data) {
		end := min(to, len(data))
		copy(m.space[from:end], data[from:end])
		from = end
	}
	clear(m.space[from:to])
}

// page returns a page of the image.
func (m *Memory) page(at int) []byte {
	if data := m.image.data; at < len(data) {
		return data[at : at+pageSize]
	}
	return zeros[:pageSize]
}

// compare puts back the pages between two offsets that differ from the image and
// returns how many did. A page that is equal is not written, so it stays shared,
// or absent, if it was.
func (m *Memory) compare(from, to int) (changed int) {
	for ; from < to; from += pageSize {
		now, then := m.space[from:from+pageSize], m.page(from)
		if !bytes.Equal(now, then) {
			copy(now, then)
			changed++
		}
	}
	return changed
}
