package host

// Compilations is how many modules the host has compiled.
func (h *Host) Compilations() int64 { return h.engine.Compilations() }

// Codes is how many modules' compiled code the host holds.
func (h *Host) Codes() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.codes)
}
