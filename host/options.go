package host

import (
	"github.com/pledge-wasm/pledge/futures"
)

// LoadOption is a setting of one module, for [Host.Load] and [Host.LoadFile].
type LoadOption func(*loadOptions)

type loadOptions struct {
	name     string
	limits   Limits
	grants   Grants
	pin      string
	stateful bool
}

// WithName sets the name that errors give the module; the default is the file's
// name or the beginning of the digest.
func WithName(name string) LoadOption { return func(o *loadOptions) { o.name = name } }

// WithLimits bounds the module's boot and its tasks; fields left zero are those
// of [Config.Limits].
func WithLimits(l Limits) LoadOption { return func(o *loadOptions) { o.limits = l } }

// WithGrants opens the module's sandbox.
func WithGrants(g Grants) LoadOption { return func(o *loadOptions) { o.grants = g } }

// WithPin refuses bytes whose SHA-256 is not the given one, in hexadecimal.
// What is checked is what is loaded: a file is read once.
func WithPin(sha256 string) LoadOption { return func(o *loadOptions) { o.pin = sha256 } }

// Stateful makes the module an actor: it has one instance, its state is kept
// from one task to the next, and tasks run one at a time, in the order in which
// they were submitted or their dependencies were done. When a task ends in anything but an answer, its state is lost and
// the next task finds the module freshly initialised. Tasks of a stateful
// module are never pure.
func Stateful() LoadOption { return func(o *loadOptions) { o.stateful = true } }

// TaskOption is a setting of one task, given to [Bind] for all its runs or to
// [Task.Submit] for one.
type TaskOption func(*taskOptions)

type taskOptions struct {
	limits Limits
	after  []futures.Any
	report func(Report)
	name   string
}

// Within bounds the runs of a task more tightly, or less, than its module's
// limits; fields left zero are the module's. Memory can only be lowered.
func Within(l Limits) TaskOption { return func(o *taskOptions) { o.limits = l.or(o.limits) } }

// After makes runs wait for others whose results they do not use. A run of
// which one does not complete fails with code upstream, as if it had been an
// argument.
func After(fs ...futures.Any) TaskOption {
	fs = append([]futures.Any(nil), fs...)
	return func(o *taskOptions) { o.after = append(o.after[:len(o.after):len(o.after)], fs...) }
}

// Named sets the name of runs that people see; the default is the task's.
func Named(name string) TaskOption { return func(o *taskOptions) { o.name = name } }

// OnReport calls f at the end of every attempt, like [Config.Report].
func OnReport(f func(Report)) TaskOption { return func(o *taskOptions) { o.report = f } }
