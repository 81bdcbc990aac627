package engine

import (
	"reflect"

	"github.com/tetratelabs/wazero/api"

	"github.com/pledge-wasm/pledge/host/internal/logs"
)

// keptStack is the largest native stack, in bytes, that an instance keeps for
// its next task. wazero begins with 10 KiB, doubles as a guest recurses, and
// keeps what it has with the function that was called.
const keptStack = 256 << 10

// stackSize tells how large the native stack of a function is, 0 where the
// engine has none.
func stackSize(f api.Function) int {
	v := reflect.ValueOf(f)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct || v.Elem().NumField() <= stackField {
		return 0
	}
	if stack := v.Elem().Field(stackField); stack.Kind() == reflect.Slice {
		return stack.Len()
	}
	return 0
}

// stackField is the place of the stack in wazero's call engine; a test holds it
// there.
const stackField = 1

// shrink lets go of a stack that one deep task has left.
func (i *Instance) shrink() {
	if i.call != nil && stackSize(i.call) > keptStack {
		i.call = nil
	}
}

// rest gives back everything that the next task can do without at first.
func (i *Instance) rest() error {
	if err := i.mem.Rest(); err != nil {
		return err
	}
	i.resting, i.call, i.log = true, nil, logs.Log{}
	return nil
}
