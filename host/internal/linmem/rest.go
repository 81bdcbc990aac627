package linmem

// Rest is [Memory.Trim] for a memory that no guest will run in until
// [Memory.Wake]: it has no private pages then, so it is not charged either, and a
// thousand idle instances cost the budget nothing. Where pages cannot be given
// back the charge stays. Errors are those of Reset.
func (m *Memory) Rest() error {
	if err := m.Trim(); err != nil {
		return err
	}
	if !m.resting && m.image.Shared() && MethodMadvise.needs(&m.sys.system) {
		m.budget.Release(uint64(m.charged))
		m.resting = true
	}
	return nil
}

// Wake charges the memory again, which must be done before a guest runs in it. It
// returns a *[BudgetError] when there is no room; the memory rests on then. For a
// memory that does not rest it does nothing.
func (m *Memory) Wake() error {
	if !m.resting {
		return nil
	}
	if err := m.budget.Reserve(uint64(m.charged)); err != nil {
		return err
	}
	m.resting = false
	return nil
}
