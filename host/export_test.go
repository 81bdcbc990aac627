package host

import (
	"context"
	"time"

	"github.com/pledge-wasm/pledge/host/internal/engine"
	"github.com/pledge-wasm/pledge/host/internal/linmem"
)

// ResetMethods names the ways in which this machine can put memory back.
func ResetMethods() (names []string) {
	for _, m := range linmem.Methods() {
		names = append(names, m.String())
	}
	return names
}

// NewResetting is [New] with the named way to put memory back.
func NewResetting(ctx context.Context, config Config, method string) (*Host, error) {
	for _, m := range linmem.Methods() {
		if m.String() == method {
			return open(ctx, config, engine.Options{Method: m})
		}
	}
	panic("host: this machine has no such method: " + method)
}

// NewFresh is [New] for a host that initialises a new instance for every task.
func NewFresh(ctx context.Context, config Config) (*Host, error) {
	return open(ctx, config, engine.Options{Fresh: true})
}

// Rest makes all that is idle rest at once.
func (h *Host) Rest() {
	for _, m := range h.loaded() {
		m.program.Trim(now(), time.Time{})
	}
}
