package linmem

// Adopt makes the memory img: its size, its contents, and what Reset goes back
// to. It is how the very instance from which an image was captured joins those
// that are made from it. The address stays. A memory larger than img is cut to
// its size, so an engine that has seen the larger one must be gone.
//
// When it fails, the memory may hold anything and only Free may follow. It
// returns [ErrFreed] when the memory or the image is gone, [ErrMax], a
// *[BudgetError] or an *[Error].
func (m *Memory) Adopt(img *Image) error {
	switch {
	case m.space == nil:
		return ErrFreed
	case img.size > m.max:
		return ErrMax
	case !img.ref():
		return ErrFreed
	}
	if err := m.wear(img); err != nil {
		img.unref()
		return err
	}
	if m.image != nil {
		m.image.unref()
	}
	m.image, m.habit = img, habit{}
	if m.auto {
		m.method = m.sys.choose(img.size)
	}
	return nil
}

// wear replaces all contents by those of img.
func (m *Memory) wear(img *Image) error {
	end := pages(img.size)
	if err := m.Wake(); err != nil {
		return err
	}
	if err := m.cut(0); err != nil {
		return err
	}
	if err := m.budget.Reserve(uint64(end)); err != nil {
		return err
	}
	m.charged, m.size = end, img.size
	shared := 0
	if img.fd >= 0 && m.sys.reserve != nil {
		shared = len(img.data)
		if err := m.sys.share(m.space[:shared:shared], img.fd); err != nil {
			return &Error{Op: "map", Bytes: uint64(shared), Err: err}
		}
	}
	if err := m.commit(shared, end); err != nil {
		return err
	}
	if end-shared >= 2*hugePage && m.sys.huge != nil && m.sys.reserve != nil {
		// So much that nothing has written to yet is for tasks to fill.
		m.sys.huge(m.space[shared:end:end])
	}
	if shared == 0 {
		copy(m.space, img.data)
	}
	return nil
}

// cut takes back everything from an offset in whole pages to the end.
func (m *Memory) cut(to int) error {
	if to >= m.charged {
		return nil
	}
	if m.sys.reserve == nil {
		m.space = m.space[:to:to]
	} else if err := m.sys.decommit(m.space[to:m.charged:m.charged]); err != nil {
		return &Error{Op: "decommit", Bytes: uint64(m.charged - to), Err: err}
	}
	m.budget.Release(uint64(m.charged - to))
	m.charged, m.size = to, min(m.size, to)
	return nil
}

// Recycle makes the memory fit for a new instance, whatever the last one did:
// what it grew is taken back, and the rest is reset. Unlike [Memory.Free]
// followed by [Reserve] it does not unmap, and of what was grown it keeps some,
// cleared and charged, for whoever grows next. The instance that used the memory
// must be gone. It returns [ErrFreed], [ErrNoImage], a *[BudgetError] when the memory
// rested and cannot wake, or an *[Error], after which only Free may follow.
func (m *Memory) Recycle() error {
	switch {
	case m.space == nil:
		return ErrFreed
	case m.image == nil:
		return ErrNoImage
	}
	if err := m.Wake(); err != nil {
		return err
	}
	if err := m.takeBack(pages(m.image.size)); err != nil {
		return err
	}
	m.size = m.image.size
	_, err := m.Reset()
	return err
}
