package guest

import (
	"context"
	"reflect"
	"sync"
	"unicode/utf8"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/guest/internal/boundary"
	"github.com/pledge-wasm/pledge/guest/internal/cbor"
)

// task is one registered handler.
type task struct {
	name, doc     string
	input, output reflect.Type
	// run decodes args, calls the handler and appends the response of its
	// value to dst. After an error dst is as it was.
	run func(ctx context.Context, dst []byte, args abi.Raw) ([]byte, error)
}

// module is what this program has registered.
var module = struct {
	sync.RWMutex
	name, version string
	tasks         []*task // in the order of registration
	byName        map[string]*task
}{name: "guest", byName: map[string]*task{}}

func init() { boundary.Serve(Dispatch, Manifest) }

// Module names the module and its version in the manifest. Without it the name
// is "guest" and there is no version. Call it from init.
func Module(name, version string) {
	module.Lock()
	defer module.Unlock()
	module.name, module.version = valid(name), valid(version)
}

// Option is a further property of a task.
type Option func(*task)

// Doc describes the task, in a line or more, for the people who call it.
func Doc(text string) Option {
	return func(t *task) { t.doc = valid(text) }
}

// Handle registers fn as the task name. Call it from init: a module of tasks is
// a reactor, whose main never runs, and what is done in init the host does once
// and not for every task.
//
// Arguments of another shape than I never reach fn: the caller gets
// [CodeBadArgs] with the path of what is wrong. The context is a background
// context: the host ends a task from outside, without a word.
//
// An error from fn becomes the caller's error: see [Error]. A panic is not
// caught: the Go runtime prints it with its stack, which the host logs, and
// traps, so that the run is "crashed" with the code "unreachable" and its
// instance is thrown away. The same happens when a goroutine panics that fn has
// started, which nobody could catch, and when all goroutines wait for each
// other. A handler that wants to go on after a panic recovers itself.
//
// Handle panics when the name is empty, not UTF-8 or taken, or when I or O has
// no CBOR form.
func Handle[I, O any](name string, fn func(context.Context, I) (O, error), options ...Option) {
	in, out := cbor.Of(reflect.TypeFor[I]()), cbor.Of(reflect.TypeFor[O]())
	register(&task{
		name:   name,
		input:  reflect.TypeFor[I](),
		output: reflect.TypeFor[O](),
		run: func(ctx context.Context, dst []byte, args abi.Raw) ([]byte, error) {
			var arg I
			if err := in.Decode(args, &arg); err != nil {
				return dst, badArgs(name, err)
			}
			value, err := fn(ctx, arg)
			if err != nil {
				return dst, err
			}
			dst, err = out.Append(valueHead(dst), &value)
			if err != nil {
				return dst[:len(dst)-valueHeadLen], badResult(name, err)
			}
			return dst, nil
		},
	}, in.CanDecode(), out.CanEncode(), options)
}

// valueHead appends what comes before the value in a response.
func valueHead(dst []byte) []byte {
	return abi.AppendUint(abi.AppendHead(dst, abi.MajorArray, 2), 0)
}

const valueHeadLen = 2

func register(t *task, inErr, outErr error, options []Option) {
	for _, option := range options {
		option(t)
	}
	module.Lock()
	defer module.Unlock()
	why := ""
	switch {
	case t.name == "":
		why = "a task needs a name"
	case !utf8.ValidString(t.name):
		why = "the name is not UTF-8"
	case inErr != nil:
		why = "arguments of type " + t.input.String() + ": " + detail(inErr)
	case outErr != nil:
		why = "results of type " + t.output.String() + ": " + detail(outErr)
	case module.byName[t.name] != nil:
		why = "the name is taken"
	}
	if why != "" {
		panic("guest: handle " + quote(t.name) + ": " + why)
	}
	module.byName[t.name] = t
	module.tasks = append(module.tasks, t)
}

func quote(s string) string { return cbor.Quote(s) }
