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
// no room, everything idle rests and f is run once more, and if that is not
// enough, for memories that cannot rest, everything idle goes: what runs goes
// before what might.
func (e *Engine) withRoom(f func() error) error {
	err := f()
	for _, gone := range []bool{false, true} {
		if _, full := errors.AsType[*linmem.BudgetError](err); !full {
			return err
		}
		e.trim(gone)
		err = f()
	}
	return err
}

// trim makes all that is idle rest, or closes it.
func (e *Engine) trim(gone bool) {
	e.mu.Lock()
	programs := make([]*Program, 0, len(e.programs))
	for p := range e.programs {
		programs = append(programs, p)
	}
	e.mu.Unlock()
	now := time.Now().Add(1) // what became idle just now counts, on coarse clocks too
	var drop time.Time
	if gone {
		drop = now
	}
	for _, p := range programs {
		p.Trim(now, drop)
	}
}
