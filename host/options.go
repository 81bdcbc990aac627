package host

import (
	"slices"
	"time"

	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/futures/memo"
	"github.com/pledge-wasm/pledge/futures/retry"
	"github.com/pledge-wasm/pledge/futures/slots"
)

// LoadOption is a setting of one module, for [Host.Load] and [Host.LoadFile].
type LoadOption func(*loadOptions)

type loadOptions struct {
	name     string
	limits   Limits
	grants   Grants
	pin      *string // nil when there is none
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
// What is checked is what is loaded. An empty pin refuses everything.
func WithPin(sha256 string) LoadOption { return func(o *loadOptions) { o.pin = &sha256 } }

// Stateful makes the module an actor: it has one instance, its state is kept
// from one task to the next, and tasks run one at a time, in the order in which
// they were submitted or their dependencies were done. When a task ends in
// anything but an answer, its state is lost and the next task finds the module
// freshly initialised. Tasks of a stateful module are never pure.
func Stateful() LoadOption { return func(o *loadOptions) { o.stateful = true } }

// TaskOption is a setting of one task, given to [Bind] for all its runs or to
// [Task.Submit] for one.
type TaskOption func(*taskOptions)

type taskOptions struct {
	limits Limits
	after  []futures.Any
	report func(Report)
	state  func(futures.Any, futures.Event)
	name   func(args any) string
	retry  *retry.Policy
	total  time.Duration
	tags   []slots.Need
	memo   *memo.Options
}

// Within bounds the runs of a task more tightly, or less, than its module's
// limits; fields left zero are the module's. Memory can only be lowered.
func Within(l Limits) TaskOption { return func(o *taskOptions) { o.limits = l.or(o.limits) } }

// TotalTimeout bounds the time from the submission to the end of a run, with
// all waiting, attempts and pauses, where [Limits].Timeout bounds one attempt.
// A run over it is TimedOut. 0 means that there is none, the default.
func TotalTimeout(d time.Duration) TaskOption { return func(o *taskOptions) { o.total = d } }

// Retry lets a run be tried again, in a fresh world, after attempts that did
// not complete. A policy that is not valid ends the run at once, and a condition
// that panics lets there be no further attempt.
func Retry(p retry.Policy) TaskOption { return func(o *taskOptions) { o.retry = &p } }

// After makes runs wait for others whose results they do not use. A run of
// which one does not complete fails with code upstream, as if it had been an
// argument.
func After(fs ...futures.Any) TaskOption {
	fs = slices.Clone(fs)
	return func(o *taskOptions) { o.after = slices.Concat(o.after, fs) }
}

// Tagged puts runs under tags whose limits, [Config].TagLimits, bound how many
// of them run at once on this host. A run waits for its tags after its
// dependencies and before its slot, and keeps them while its guest awaits other
// runs. Tags without a limit are free, and a tag given twice counts once.
func Tagged(tags ...string) TaskOption {
	tags = slices.Clone(tags)
	return func(o *taskOptions) {
		o.tags = slices.Clone(o.tags)
		for _, tag := range tags {
			need := slots.Need{Tag: tag, Weight: 1}
			if !slices.Contains(o.tags, need) {
				o.tags = append(o.tags, need)
			}
		}
	}
}

// Memoize lets a run take the result of an earlier one on equal arguments, and
// lets runs that are in flight at the same time share one. It works for tasks
// that are functions, that is in modules without grants and without state; the
// runs of others are made as if it were not there, and their [Report] says why.
func Memoize(opts memo.Options) TaskOption { return func(o *taskOptions) { o.memo = &opts } }

// Named sets the name of runs that people see; the default is the task's.
func Named(name string) TaskOption {
	return func(o *taskOptions) { o.name = func(any) string { return name } }
}

// NamedBy makes the name of a run from its arguments. It is called once for a
// run, when it is submitted. For arguments of another type than I, and when it
// panics, the name is the task's.
func NamedBy[I any](name func(args I) string) TaskOption {
	return func(o *taskOptions) {
		o.name = func(args any) string {
			if in, ok := args.(I); ok {
				return name(in)
			}
			return ""
		}
	}
}

// OnReport calls f at the end of every attempt, before [Config.Report].
func OnReport(f func(Report)) TaskOption { return func(o *taskOptions) { o.report = f } }

// OnState calls f at every change of state of a run, after [Config.OnState].
func OnState(f func(futures.Any, futures.Event)) TaskOption {
	return func(o *taskOptions) { o.state = f }
}
