package engine

import (
	"errors"
	"io"
	"reflect"
	"sync"
	"unsafe"

	"github.com/tetratelabs/wazero"
)

// backing stands where wazero keeps native code on disk, so that code can be
// given to it and taken from it as bytes in memory. wazero's own keeping checks
// a file's code but not its counts, and reads files that may change meanwhile.
//
// One module at a time is in the part of compiling in which wazero asks for
// code; the compiling itself goes on side by side.
type backing struct {
	asking sync.Mutex
	turn   *turn // whose turn it is to ask; guarded by asking

	mu    sync.Mutex
	turns map[[32]byte]*turn // those that were told to compile, by wazero's key
}

// turn is one module's compilation.
type turn struct {
	code  io.Reader // what to answer; nil: compile
	asked func()    // ends the turn to ask
	made  io.Reader // what was compiled
}

// newBacking makes a compilation cache that asks b. It reports false when this
// release of wazero has no place for that.
func newBacking() (wazero.CompilationCache, *backing, bool) {
	b := &backing{turns: make(map[[32]byte]*turn)}
	cache := wazero.NewCompilationCache()
	return cache, b, install(cache, b)
}

// install puts b into the field that [wazero.NewCompilationCacheWithDir] sets.
// There is no other way to give wazero code but files; the types are looked at,
// so that a release that does otherwise is noticed and not broken.
func install(cache wazero.CompilationCache, b *backing) bool {
	v := reflect.ValueOf(cache)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return false
	}
	field := v.Elem().FieldByName("fileCache")
	if !field.IsValid() || field.Kind() != reflect.Interface || !reflect.TypeOf(b).Implements(field.Type()) {
		return false
	}
	reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem().Set(reflect.ValueOf(b))
	return true
}

// compile runs f, which makes wazero compile one module. With code, wazero takes
// that instead of compiling; without, made is what it compiled, nil when it had
// the module already.
func (b *backing) compile(code io.Reader, f func() error) (made io.Reader, err error) {
	b.asking.Lock()
	t := &turn{code: code}
	t.asked = sync.OnceFunc(b.asking.Unlock)
	b.turn = t
	defer func() { made = b.end(t) }()
	return nil, f()
}

// end ends a turn, also that of a module that wazero did not ask for, because it
// is invalid or wazero has it.
func (b *backing) end(t *turn) (made io.Reader) {
	t.asked()
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, other := range b.turns {
		if other == t {
			delete(b.turns, key)
		}
	}
	return t.made
}

// Get is wazero asking for code.
func (b *backing) Get(key [32]byte) (io.ReadCloser, bool, error) {
	t := b.turn
	defer t.asked()
	if t.code != nil {
		return io.NopCloser(t.code), true, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turns[key] = t
	return nil, false, nil
}

// Add is wazero giving what it compiled. The content is its own copy.
func (b *backing) Add(key [32]byte, content io.Reader) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t := b.turns[key]; t != nil {
		t.made = content
	}
	return nil
}

var errStale = errors.New("engine: the code is of another wazero")

// Delete is wazero refusing code that was given to it. The error keeps it from
// compiling the module instead, which is only the outline of one.
func (b *backing) Delete([32]byte) error { return errStale }
