package engine

import (
	"errors"
	"time"

	"github.com/pledge-wasm/pledge/host/internal/linmem"
)

// enter and leave keep the list of the programs whose idle instances may have to
// make room.
func (e *Engine) enter(p *Program) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.programs == nil {
		e.programs = make(map[*Program]struct{})
	}
	e.programs[p] = struct{}{}
}

func (e *Engine) leave(p *Program) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.programs, p)
}

// withRoom runs f, which charges memory to the budget of the host. When there is
// no room, everything idle gives back what it holds and f is run once more: what
// runs goes before what might.
func (e *Engine) withRoom(f func() error) error {
	err := f()
	var full *linmem.BudgetError
	if err == nil || !errors.As(err, &full) {
		return err
	}
	e.mu.Lock()
	programs := make([]*Program, 0, len(e.programs))
	for p := range e.programs {
		programs = append(programs, p)
	}
	e.mu.Unlock()
	now := time.Now()
	for _, p := range programs {
		p.Trim(now, time.Time{})
	}
	return f()
}
