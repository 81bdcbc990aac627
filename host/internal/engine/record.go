package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"reflect"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/cache"
	"github.com/pledge-wasm/pledge/host/internal/linmem"
	"github.com/pledge-wasm/pledge/host/internal/logs"
	"github.com/pledge-wasm/pledge/host/internal/wasi"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// record is a program as booting left it, kept in the store. Initialising without
// grants is a function of the module and of the limits that the guest can notice,
// and so is describing, so a process that finds the record need not do it again.
type record struct {
	fuel     uint64 // the most that a step burned
	size     uint64 // of the memory
	globals  []uint64
	origin   origin
	manifest []byte
	log      []logs.Entry
	memory   segments
}

// maxRecord is the most bytes of memory that are recorded. To read more takes
// longer than most guests need to initialise.
const maxRecord = 64 << 20

// recordVersion changes with the form of records.
const recordVersion = 1

// recordKey names the record of the program under the limits of its first step.
// It reports false for a program that must not have one.
func (p *Program) recordKey(l *Run) (cache.Key, bool) {
	if p.code.key == nil || p.code.engine.fresh {
		return cache.Key{}, false
	}
	return recordKey(*p.code.key, p.world, l)
}

// recordKey is for code of this key in a world.
func recordKey(code cache.Key, w World, l *Run) (cache.Key, bool) {
	if w.Stateful || !reflect.ValueOf(w.Grants).IsZero() {
		return cache.Key{}, false
	}
	var limits []byte
	for _, v := range []uint64{
		recordVersion, w.Memory, l.Memory, uint64(l.Result), uint64(l.HostCalls), uint64(l.Logs.Bytes), uint64(l.Logs.Entries),
	} {
		limits = binary.AppendUvarint(limits, v)
	}
	return cache.NewKey(string(code[:]), "record", string(limits)), true
}

// Ahead is a record that is being read before it is known that it is needed.
type Ahead struct {
	key cache.Key
	rec chan *record
}

// Ahead begins to read the record of a module in a world, under the limits of the
// first step of booting it, while its code is being had. What it gives is for
// [Code.Boot], and nil when there can be no record.
func (e *Engine) Ahead(source Source, world World, l *Run) *Ahead {
	if e.store == nil || e.fresh {
		return nil
	}
	key, ok := recordKey(e.key(source), world.clipped(), l)
	if !ok {
		return nil
	}
	a := &Ahead{key: key, rec: make(chan *record, 1)}
	go func() { a.rec <- e.readRecord(key) }()
	return a
}

// readRecord gives what is stored under a key, nil when that is no record.
func (e *Engine) readRecord(key cache.Key) *record {
	entry := e.store.Get(key)
	if entry == nil {
		return nil
	}
	defer entry.Close()
	rec, err := parseRecord(entry.Notes())
	if err != nil {
		e.store.Remove(key)
		return nil
	}
	return rec
}

// lookUp gives the record of the program, nil when there is none, or when the
// guest would not get that far on the fuel of its first step.
func (p *Program) lookUp(l *Run, ahead *Ahead) (rec *record) {
	key, ok := p.recordKey(l)
	if !ok {
		return nil
	}
	if ahead != nil && ahead.key == key {
		rec = <-ahead.rec
	} else {
		rec = p.code.engine.readRecord(key)
	}
	switch {
	case rec == nil:
	case len(rec.globals) != len(p.code.globals) || rec.size < p.code.MinMemory() || rec.size > min(l.Memory, p.world.Memory):
		p.code.engine.store.Remove(key)
		return nil
	case rec.fuel > l.Limits.Fuel:
		return nil
	}
	return rec
}

// forget removes the record.
func (p *Program) forget(l *Run) {
	if key, ok := p.recordKey(l); ok {
		p.code.engine.store.Remove(key)
	}
}

// recall makes the program what the record says, and its first instance.
func (p *Program) recall(ctx context.Context, rec *record) (*Instance, error) {
	var pieces []linmem.Piece
	for _, s := range rec.memory.all() {
		pieces = append(pieces, linmem.Piece{Offset: uint64(s.Offset), Bytes: s.Bytes})
	}
	err := p.code.engine.withRoom(func() (err error) {
		p.image, err = linmem.Assemble(rec.size, pieces, p.code.engine.budget)
		return err
	})
	if err != nil {
		return nil, err
	}
	p.globals, p.origin, p.bootLog, p.manifest = rec.globals, rec.origin, rec.log, rec.manifest
	i, err := p.newInstance(ctx, p.image, rec.size)
	if err != nil {
		return nil, err
	}
	i.origin = p.origin
	i.setGlobals()
	return i, nil
}

// keep stores the record of a program that took these steps. It is best effort.
func (p *Program) keep(steps []*Run) {
	key, ok := p.recordKey(steps[0])
	if !ok || p.image == nil || p.image.Stored() > maxRecord {
		return
	}
	rec := record{
		size: p.image.Size(), globals: p.globals, origin: p.origin,
		manifest: p.manifest, log: p.bootLog,
	}
	for _, r := range steps {
		rec.fuel = max(rec.fuel, r.Fuel())
	}
	for offset, b := range p.image.All() {
		rec.memory = wasm.AppendLong(rec.memory.begin(uint32(offset)), b)
		binary.LittleEndian.PutUint32(rec.memory[len(rec.memory)-len(b)-4:], uint32(len(b)))
	}
	_ = p.code.engine.store.Put(key, rec.append(nil), bytes.NewReader(nil))
}

// append writes a record: numbers as varints, bytes with their size before them.
func (rec *record) append(dst []byte) []byte {
	for _, v := range []uint64{recordVersion, rec.fuel, rec.size, uint64(rec.origin.input), uint64(rec.origin.inputSize)} {
		dst = binary.AppendUvarint(dst, v)
	}
	dst = appendSized(dst, rec.origin.state.Append(nil))
	dst = binary.AppendUvarint(dst, uint64(len(rec.globals)))
	for _, g := range rec.globals {
		dst = binary.AppendUvarint(dst, g)
	}
	dst = appendSized(dst, rec.manifest)
	dst = binary.AppendUvarint(dst, uint64(len(rec.log)))
	for _, e := range rec.log {
		dst = appendSized(binary.AppendUvarint(dst, uint64(uint32(e.Level))), []byte(e.Message))
	}
	return wasm.AppendLong(dst, rec.memory)
}

// parseRecord reads a record, which aliases b.
func parseRecord(b []byte) (*record, error) {
	r := &notesReader{b: b}
	if r.number(math.MaxUint32) != recordVersion {
		return nil, errNotes
	}
	rec := &record{fuel: r.number(math.MaxUint64), size: r.number(1 << 32)}
	rec.origin.input, rec.origin.inputSize = uint32(r.number(math.MaxUint32)), uint32(r.number(math.MaxUint32))
	state, rest, ok := wasi.ParseState(r.sized())
	rec.origin.state = state
	for range r.count(1) {
		rec.globals = append(rec.globals, r.number(math.MaxUint64))
	}
	if manifest := r.sized(); len(manifest) > 0 {
		rec.manifest = bytes.Clone(manifest) // the rest of b is much larger
	}
	for range r.count(2) {
		level := abi.Level(int32(uint32(r.number(math.MaxUint32))))
		rec.log = append(rec.log, logs.Entry{Level: level, Message: string(r.sized())})
	}
	rec.memory = segments(r.b)
	within := uint64(rec.origin.input)+uint64(rec.origin.inputSize) <= rec.size
	if r.bad || !ok || len(rest) > 0 || !within || !rec.memory.within(rec.size) {
		return nil, errNotes
	}
	return rec, nil
}
