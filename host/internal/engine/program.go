package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/linmem"
	"github.com/pledge-wasm/pledge/host/internal/logs"
	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

// inputBuffer is the size of the buffer that is reserved in each guest before
// the snapshot, so that a request which fits crosses the boundary once.
const inputBuffer = 64 << 10

// maxManifest bounds what a module says of itself, in bytes.
const maxManifest = 4 << 20

// World is what the guests of a program live in.
type World struct {
	// Memory is the most bytes that any run of the program may be allowed.
	Memory uint64
	// Grants open the deterministic world of WASI.
	Grants wasi.Grants
	// Stateful keeps the guest's state from one run to the next: one instance,
	// never reset. The caller lets one run in at a time.
	Stateful bool
}

// clipped is the world with a memory that can be had: whole wasm pages.
func (w World) clipped() World {
	w.Memory = min(w.Memory&^(1<<16-1), maxMemory)
	return w
}

// Reuse says what happens to an instance between two runs.
type Reuse string

// The ways to give a task a fresh world.
const (
	// ReuseReset puts back what the last task wrote.
	ReuseReset Reuse = "reset"
	// ReuseNone makes and initialises an instance for every task, because
	// initialising changes what cannot be put back.
	ReuseNone Reuse = "new instance"
	// ReuseStateful keeps everything.
	ReuseStateful Reuse = "stateful"
)

// Program is a module in a world, booted once: the record from which its
// instances are made, and the pool of those that are idle. Safe for concurrent
// use.
type Program struct {
	code  *Code
	world World

	// Written once by boot.
	image    *linmem.Image
	globals  []uint64
	origin   origin
	manifest []byte
	bootLog  []logs.Entry
	reuse    Reuse

	pool
}

// origin is what initialisation left beside memory and globals.
type origin struct {
	// input is the buffer that the guest reserved for requests; its size is 0
	// when there is none.
	input, inputSize uint32
	state            wasi.State
}

// maxMemory is the largest memory in bytes. Code of wazero reads the size of a
// memory as 32 bits, to which 4 GiB are nothing.
const maxMemory = (1<<16 - 1) << 16

// Boot prepares a program: in one instance it runs the start function,
// _initialize and the allocator, takes the snapshot, and then asks the module
// to describe itself. newRun gives the limits of one step of that; the first
// step is everything up to the snapshot. The fault says which phase failed; the
// log is what the module said until then. Where all of that is on record, because
// it was done before in an equal world, no guest code runs.
//
// ahead is what [Engine.Ahead] gave for the same module and world, or nil.
func (c *Code) Boot(ctx context.Context, world World, newRun func() *Run, ahead *Ahead) (*Program, []logs.Entry, error) {
	world = world.clipped()
	p := &Program{code: c, world: world, reuse: ReuseReset}
	i, err := p.first(ctx, newRun, ahead)
	if err != nil {
		p.Close()
		return nil, p.bootLog, err
	}
	if world.Stateful {
		// Describing is documentation: what it did to the state does not count.
		if c.hasDescribe && !i.reset() {
			i.close()
			i = nil
		} else {
			i.origin = p.origin
		}
		p.reuse = ReuseStateful
	}
	c.engine.enter(p)
	if i != nil {
		i.own()
		p.Release(i)
	}
	// What describing wrote would be put back after every task from now on.
	p.Trim(time.Now().Add(1), time.Time{})
	return p, p.bootLog, nil
}

// first makes the program and its first instance: what is on record, or what the
// guest does.
func (p *Program) first(ctx context.Context, newRun func() *Run, ahead *Ahead) (*Instance, error) {
	r := newRun()
	if rec := p.lookUp(r, ahead); rec != nil {
		i, err := p.recall(ctx, rec)
		if !errors.Is(err, linmem.ErrPieces) {
			return i, err
		}
		p.forget(r)
	}
	i, err := p.newInstance(ctx, nil, p.code.MinMemory())
	if err != nil {
		return nil, err
	}
	if err := p.start(i, r, newRun); err != nil {
		i.close()
		return nil, err
	}
	return i, nil
}

// start runs the guest up to the point where tasks begin.
func (p *Program) start(i *Instance, r *Run, newRun func() *Run) error {
	log, f := i.initialise(r)
	p.bootLog, p.origin = log, i.origin
	if f != nil {
		return f
	}
	if err := p.capture(i); err != nil {
		return err
	}
	steps := []*Run{r}
	if p.code.hasDescribe {
		r := newRun()
		log, f := p.describe(i, r)
		p.bootLog = append(p.bootLog, log...)
		if f != nil {
			return f
		}
		steps = append(steps, r)
	}
	p.keep(steps)
	return nil
}

// initialise brings a new instance to the point where tasks begin.
func (i *Instance) initialise(r *Run) ([]logs.Entry, *Fault) {
	r.Services = nil
	defer r.Finish()
	i.begin(r)
	f := i.boot()
	log := i.end(r, f)
	i.origin.state = i.wasi.Save()
	return log, f
}

func (i *Instance) boot() *Fault {
	if f := i.ready(i.run, PhaseStart); f != nil {
		return f
	}
	code := i.program.code
	for n, segment := range code.data.all() {
		view, ok := i.view(segment.Offset, uint32(len(segment.Bytes)))
		if !ok {
			return &Fault{Code: abi.CodeTrap, Phase: PhaseStart, Message: fmt.Sprintf("data segment %d lies outside the memory", n)}
		}
		if f := i.copy(PhaseStart, view, segment.Bytes); f != nil {
			return f
		}
	}
	if code.hasStart {
		if f := i.export(PhaseStart, meter.ExportStart); f != nil {
			return f
		}
	}
	if f := i.export(PhaseInitialize, abi.ExportInitialize); f != nil {
		return f
	}
	if i.program.world.Stateful {
		return nil
	}
	ptr, f := i.allocate(inputBuffer)
	i.origin.input, i.origin.inputSize = ptr, inputBuffer
	return f
}

// export runs an export without parameters, if there is one.
func (i *Instance) export(phase Phase, name string) *Fault {
	f := i.module.ExportedFunction(name)
	if f == nil {
		return nil
	}
	return i.invoke(phase, f, nil)
}

// capture records the state of the instance. A state that cannot be recorded
// leaves the program without an image: each instance then initialises itself.
func (p *Program) capture(i *Instance) error {
	if i.isDirty() || p.code.engine.fresh {
		p.reuse = ReuseNone
		return nil
	}
	image, err := i.mem.Capture(p.code.engine.budget)
	if err != nil {
		return err
	}
	if err := i.mem.Adopt(image); err != nil {
		image.Close()
		return err
	}
	p.image = image
	p.globals = make([]uint64, len(i.globals))
	for n, g := range i.globals {
		p.globals[n] = g.Get()
	}
	return nil
}

// describe asks the module for its manifest.
func (p *Program) describe(i *Instance, r *Run) ([]logs.Entry, *Fault) {
	r.Services = nil
	defer r.Finish()
	i.begin(r)
	var span abi.Span
	stack := []uint64{0}
	f := i.invoke(PhaseDescribe, i.module.ExportedFunction(abi.ExportDescribe), stack)
	if f == nil {
		span = abi.Span(stack[0])
		p.manifest, f = i.copyOut(PhaseDescribe, span, maxManifest)
	}
	return i.end(r, f), f
}

// Manifest gives the encoded manifest, nil when the module has none. The caller
// must not change it.
func (p *Program) Manifest() []byte { return p.manifest }

// BootLog is what the module logged while it was loaded.
func (p *Program) BootLog() []logs.Entry { return p.bootLog }

// Reuse says how the program gives each task a fresh world.
func (p *Program) Reuse() Reuse { return p.reuse }

// MemorySize is the size in bytes of the linear memory after initialisation.
func (p *Program) MemorySize() uint64 {
	if p.image == nil {
		return p.code.MinMemory()
	}
	return p.image.Size()
}
