package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pledge-wasm/pledge/host/internal/linmem"
)

// maxSpare is how many memories of instances that are gone a program keeps.
const maxSpare = 8

// pool is what a program has ready for its next tasks.
type pool struct {
	mu     sync.Mutex
	idle   []*Instance // guarded by mu; last in, first out
	spare  []spare     // guarded by mu; last in, first out
	closed bool        // guarded by mu
	made   int         // guarded by mu; instances made after the first
}

// spare is a memory whose instance is gone. Making one anew costs twenty times
// what making it the image again does.
type spare struct {
	mem   *linmem.Memory
	since time.Time
}

// Acquire gives an instance in the recorded state: an idle one or, when there
// is none, a new one. newRun is asked for limits only when the program has to
// be initialised anew for each instance. The caller gives it back with
// [Program.Release], whatever happened in it.
func (p *Program) Acquire(ctx context.Context, newRun func() *Run) (*Instance, error) {
	i, mem, err := p.take()
	switch {
	case err != nil:
		return nil, err
	case i != nil:
		i.own()
		if err := p.wake(i); err != nil {
			p.Release(i)
			return nil, err
		}
		return i, nil
	case mem != nil:
		i, err = p.instantiate(ctx, mem)
	default:
		i, err = p.newInstance(ctx, p.image, p.code.MinMemory())
	}
	if err != nil {
		return nil, err
	}
	i.own()
	if p.image != nil {
		i.origin = p.origin
		i.setGlobals()
		return i, nil
	}
	if _, f := i.initialise(newRun()); f != nil {
		i.close()
		return nil, f
	}
	return i, nil
}

// wake makes an instance that rests ready to run.
func (p *Program) wake(i *Instance) error {
	if !i.resting {
		return nil
	}
	if err := p.code.engine.withRoom(i.mem.Wake); err != nil {
		return err
	}
	i.resting = false
	return nil
}

var errClosed = errors.New("engine: the program is closed")

// take takes an idle instance out of the pool or, when there is none, a memory
// for a new one, or nothing.
func (p *Program) take() (*Instance, *linmem.Memory, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, errClosed
	}
	if n := len(p.idle) - 1; n >= 0 {
		i := p.idle[n]
		p.idle[n] = nil
		p.idle = p.idle[:n]
		return i, nil, nil
	}
	p.made++
	if n := len(p.spare) - 1; n >= 0 {
		mem := p.spare[n].mem
		p.spare[n].mem = nil
		p.spare = p.spare[:n]
		return nil, mem, nil
	}
	return nil, nil, nil
}

// Release takes an instance back: it is put into the recorded state and kept
// for the next task, or closed when that cannot be proved.
func (p *Program) Release(i *Instance) {
	i.disown()
	if i.run != nil { // its goroutine was ended in the middle of it
		i.run, i.spoiled = nil, true
	}
	if p.world.Stateful && !i.spoiled || i.resting || i.reset() {
		i.shrink()
		i.idleSince = time.Now()
		p.mu.Lock()
		if !p.closed {
			p.idle = append(p.idle, i)
			i = nil
		}
		p.mu.Unlock()
	}
	if i != nil {
		p.discard(i)
	}
}

// discard ends an instance and keeps its memory, as the image again, for the
// next one.
func (p *Program) discard(i *Instance) {
	i.unlink()
	mem := i.mem.Memory
	if p.image == nil || mem.Recycle() != nil {
		mem.Free()
		return
	}
	p.mu.Lock()
	kept := !p.closed && len(p.spare) < maxSpare
	if kept {
		p.spare = append(p.spare, spare{mem, time.Now()})
	}
	p.mu.Unlock()
	if !kept {
		mem.Free()
	}
}

// Trim makes what is idle smaller. Instances that have been idle since before
// rest give back the pages that they do not share and their stack, which the
// next task has to fault in again, and spare memories of that age go. Instances
// that have been idle since before drop are closed.
func (p *Program) Trim(rest, drop time.Time) {
	if p.world.Stateful {
		return // it is the only one, and its state is not the image
	}
	p.mu.Lock()
	var old, tired, left []*Instance
	for _, i := range p.idle {
		switch {
		case i.idleSince.Before(drop):
			old = append(old, i)
		case !i.resting && i.idleSince.Before(rest):
			tired = append(tired, i)
		default:
			left = append(left, i)
		}
	}
	p.idle = left
	n := 0
	for n < len(p.spare) && p.spare[n].since.Before(rest) {
		n++
	}
	spares := p.spare[:n:n]
	p.spare = append([]spare(nil), p.spare[n:]...)
	p.mu.Unlock()

	for _, s := range spares {
		s.mem.Free()
	}
	for n, i := range tired {
		if i.rest() != nil {
			old = append(old, i)
			tired[n] = nil
		}
	}
	old = append(old, p.restore(tired)...)
	for _, i := range old {
		i.close()
	}
}

// restore puts rested instances back, behind those that are warm; it gives those
// for which the pool is closed.
func (p *Program) restore(rested []*Instance) (rejected []*Instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	idle := make([]*Instance, 0, len(rested)+len(p.idle))
	for _, i := range rested {
		if i != nil {
			idle = append(idle, i)
		}
	}
	if p.closed {
		return idle
	}
	p.idle = append(idle, p.idle...)
	return nil
}

// Close gives back all idle instances and the snapshot. Instances that are out
// are closed when they are released.
func (p *Program) Close() {
	p.code.engine.leave(p)
	p.mu.Lock()
	idle, spares := p.idle, p.spare
	p.idle, p.spare, p.closed = nil, nil, true
	p.mu.Unlock()
	for _, i := range idle {
		i.close()
	}
	for _, s := range spares {
		s.mem.Free()
	}
	if p.image != nil {
		p.image.Close()
	}
}
