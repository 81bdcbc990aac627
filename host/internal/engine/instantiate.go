package engine

import (
	"context"
	"fmt"
	"io"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/pledge-wasm/pledge/host/internal/linmem"
	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

// newInstance makes an instance whose memory is the image or, when image is nil,
// size bytes of zeros. No guest code runs.
func (p *Program) newInstance(ctx context.Context, image *linmem.Image, size uint64) (*Instance, error) {
	mem, err := p.newMemory(image, size)
	if err != nil {
		return nil, err
	}
	return p.instantiate(ctx, mem)
}

// instantiate makes an instance that lives in mem, which it owns from now on.
func (p *Program) instantiate(ctx context.Context, mem *linmem.Memory) (_ *Instance, err error) {
	if err := p.code.engine.host(); err != nil {
		mem.Free()
		return nil, err
	}
	i := &Instance{program: p}
	i.mem = memory{Memory: mem, instance: i}
	i.ctx = &callContext{Context: context.Background(), instance: i}
	i.wasi = wasi.New(wasi.Host{Charge: i.chargeWASI, Sleep: i.sleep, Seed: i.seed, Logs: &i.log})

	i.module, err = p.code.engine.runtime.InstantiateModule(withMemory(ctx, &i.mem), p.code.compiled, instanceConfig)
	if err != nil {
		mem.Free()
		return nil, err
	}
	if i.budget, err = i.global(meter.ExportBudget); err == nil && p.code.facts.CanDirty {
		i.dirty, err = i.global(meter.ExportDirty)
	}
	for _, g := range p.code.globals {
		if err != nil {
			break
		}
		var global api.MutableGlobal
		global, err = i.global(g.Export)
		i.globals = append(i.globals, global)
	}
	if err != nil {
		i.close()
		return nil, err
	}
	return i, nil
}

func (i *Instance) global(name string) (api.MutableGlobal, error) {
	g, ok := i.module.ExportedGlobal(name).(api.MutableGlobal)
	if !ok {
		return nil, fmt.Errorf("engine: the rewritten module lacks its global %s", name)
	}
	return g, nil
}

// instanceConfig is what wazero is told of every instance. Its own WASI is not
// used; without a source of randomness it would seed one for each instance, which
// takes as long as ten small tasks.
var instanceConfig = wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(noRandomness{})

type noRandomness struct{}

func (noRandomness) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// newMemory makes the memory of a new instance, of at least size bytes.
func (p *Program) newMemory(image *linmem.Image, size uint64) (mem *linmem.Memory, err error) {
	e := p.code.engine
	err = e.withRoom(func() error {
		mem, err = linmem.Reserve(linmem.Config{Max: p.world.Memory, Image: image, Budget: e.budget, Method: e.method})
		if err != nil {
			return err
		}
		if mem.Grow(size) == nil {
			err = mem.Refused()
			mem.Free()
		}
		return err
	})
	return mem, err
}

// close releases the instance and its memory. Its code must not be running.
func (i *Instance) close() {
	i.unlink()
	i.mem.Memory.Free()
}

// unlink ends the instance but keeps its memory. Closing an instance in which
// nothing runs only unlinks it.
func (i *Instance) unlink() { _ = i.module.Close(context.Background()) }

// own marks the instance as being used; disown ends that. An instance never has
// two users.
func (i *Instance) own() {
	if !i.owned.CompareAndSwap(false, true) {
		panic("engine: an instance was given to two users")
	}
}

func (i *Instance) disown() {
	if !i.owned.CompareAndSwap(true, false) {
		panic("engine: an instance was given back twice")
	}
}
