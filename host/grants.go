package host

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

// Grants is what a module may reach outside its sandbox. The zero value grants
// nothing, and then a task is a function of its module, its name and its
// arguments: same input, same result, same logs, same fuel, on every machine.
//
// Each grant is given when the module is loaded, because guests read clock,
// environment and randomness while they initialise.
type Grants struct {
	// Clock lets the guest see the real time and sleep in it. Without it the
	// clock starts at a fixed instant and moves by fixed steps, and sleep
	// moves that clock and returns at once.
	Clock bool
	// Entropy lets the guest have real random bytes. Without it randomness is
	// a stream that the module's digest, the task and the arguments seed.
	Entropy bool
	// Args are the command-line arguments that the guest sees.
	Args []string
	// Env is the environment that the guest sees, by name.
	Env map[string]string
	// Functions names those of Config.Functions that the guest may call.
	Functions []string
	// Tasks lets the guest submit, await and cancel tasks of its own module.
	// A stateful module cannot have it: its task would wait for itself.
	Tasks bool
	// Delegates are further tasks that the guest may submit, by name: the
	// task of that name in another module of the same host, which must reach
	// nothing outside its sandbox that this one does not. What sub-tasks it may
	// submit itself does not count: those reach no further.
	Delegates map[string]*Module
}

// None reports whether g grants nothing at all, so that tasks are pure.
func (g Grants) None() bool {
	return !g.Clock && !g.Entropy && !g.submits() && len(g.Args) == 0 && len(g.Env) == 0 && len(g.Functions) == 0
}

// submits reports whether the guest may submit any task.
func (g Grants) submits() bool { return g.Tasks || len(g.Delegates) > 0 }

// within reports whether g reaches nothing outside that the other does not.
func (g Grants) within(other Grants) bool {
	covered := func(functions, by []string) bool {
		return !slices.ContainsFunc(functions, func(f string) bool { return !slices.Contains(by, f) })
	}
	switch {
	case g.Clock && !other.Clock, g.Entropy && !other.Entropy:
		return false
	case len(g.Args) > 0 && !slices.Equal(g.Args, other.Args):
		return false
	case !covered(g.Functions, other.Functions):
		return false
	}
	for name, value := range g.Env {
		if have, ok := other.Env[name]; !ok || have != value {
			return false
		}
	}
	return true
}

// clone keeps later changes by the caller out.
func (g Grants) clone() Grants {
	g.Args = slices.Clone(g.Args)
	g.Env = maps.Clone(g.Env)
	g.Functions = slices.Clone(g.Functions)
	g.Delegates = maps.Clone(g.Delegates)
	return g
}

// environ gives the environment as NAME=VALUE, sorted, so that its order never
// tells anything.
func (g Grants) environ() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(g.Env)) {
		out = append(out, name+"="+g.Env[name])
	}
	return out
}

// maxEnvironment bounds arguments and environment together, in bytes.
const maxEnvironment = 1 << 20

func (g Grants) validate(h *Host, stateful bool) error {
	if g.Tasks && stateful {
		return fmt.Errorf("host: Grants.Tasks: a stateful module runs one task at a time, so a sub-task of its own would wait for ever")
	}
	for name, m := range g.Delegates {
		switch {
		case m == nil || m.host != h:
			return fmt.Errorf("host: Grants.Delegates: the module for %q is not one of this host", name)
		case !m.grants.within(g):
			return fmt.Errorf("host: Grants.Delegates: the module %s for %q has grants that this one lacks", m.name, name)
		}
	}
	size := 0
	for _, arg := range g.Args {
		if strings.ContainsRune(arg, 0) {
			return fmt.Errorf("host: Grants.Args: %q holds a NUL byte", arg)
		}
		size += len(arg) + 1
	}
	for name, value := range g.Env {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(value, 0) {
			return fmt.Errorf("host: Grants.Env: %q is not a name that an environment can hold", name)
		}
		size += len(name) + len(value) + 2
	}
	if size > maxEnvironment {
		return fmt.Errorf("host: Grants: arguments and environment take %d bytes, the limit is %d", size, maxEnvironment)
	}
	for _, name := range g.Functions {
		if _, ok := h.config.Functions[name]; !ok {
			return fmt.Errorf("host: Grants.Functions: %q is not in Config.Functions", name)
		}
	}
	return nil
}

// Function is a Go function that a guest may call by name, once granted. args
// is the guest's CBOR, well formed; futures in it are resolved already. What it
// returns is encoded and handed to the guest; futures in it are waited for and
// resolved. An error that is or wraps a [*GuestError] reaches the guest with its
// code and data, any other, and a panic, with code "error" and its text.
//
// A function runs on the slot of the run that called it, and nothing stops it:
// when it does not heed ctx, which ends with the run, neither the run nor
// [Host.Close] can end before it returns. One that submits a task should return
// the future rather than wait for it, since waiting keeps the slot; one that
// closes its own host waits for itself. Functions are called from many
// goroutines at once.
type Function func(ctx context.Context, args abi.Raw) (any, error)

// Func makes a [Function] of a typed Go function. Arguments of another shape are
// answered with bad_args and never reach f.
func Func[I, O any](f func(ctx context.Context, args I) (O, error)) Function {
	return func(ctx context.Context, args abi.Raw) (any, error) {
		var in I
		if err := codec.Decode(args, &in); err != nil {
			return nil, &GuestError{Code: string(abi.BoundaryBadArgs), Message: err.Error()}
		}
		return f(ctx, in)
	}
}
