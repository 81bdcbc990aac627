package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
)

// problem says for people how a run ended without a result. flags are those of
// the call, manifest what the module says of itself (nil when nothing), module
// its path.
func (o *outcome) problem(module string, flags *sandbox, manifest *abi.Manifest) *problem {
	p := &problem{exit: exitOf(o.state), stack: o.stack()}
	load, refused := errors.AsType[*host.LoadError](o.err)
	switch {
	case refused && load.Code == abi.CodeCancelled:
		p.what = fmt.Sprintf("loading %s was cancelled", module)
	case refused && load.Code == abi.CodeHostError:
		p.what = fmt.Sprintf("cannot load %s: %s", module, load.Message)
	case refused:
		p.what = fmt.Sprintf("%s was refused: %s", module, load.Message)
	default:
		p.what = fmt.Sprintf("%s %s: %s", shown(o.task), ending(o.state), o.text())
	}
	if o.code != "" {
		p.what += " [" + string(o.code) + "]"
	}
	p.hint = o.advice(o.blame(), flags, manifest)
	if refused && o.blame() == load.Code && load.Hint != "" {
		p.hint = inFlags(load.Hint)
	}
	return p
}

// blame is the code to give advice on: that of the outcome, or of the trap or
// the limit that ended the module's own code while it was loaded.
func (o *outcome) blame() abi.Code {
	if trap, ok := errors.AsType[*host.Trap](o.err); ok {
		return trap.Code
	}
	if limit, ok := errors.AsType[*host.LimitError](o.err); ok {
		return limit.Code
	}
	return o.code
}

// text is the message, with the guest's own code before it when it has one.
func (o *outcome) text() string {
	if e := o.guestError(); e != nil {
		return e.Error()
	}
	if unknown, ok := errors.AsType[*host.UnknownTaskError](o.err); ok {
		return fmt.Sprintf("the module has no task %q", unknown.Task) // the hint lists those that it has
	}
	return o.message()
}

// shown is a task's name, which may be empty.
func shown(task string) string {
	if strings.TrimSpace(task) == "" {
		return strconv.Quote(task)
	}
	return task
}

func ending(s futures.State) string {
	switch s {
	case futures.TimedOut:
		return "timed out"
	case futures.Cancelled:
		return "was cancelled"
	}
	return strings.ToLower(s.String())
}

// advice says what to do about a code.
func (o *outcome) advice(code abi.Code, flags *sandbox, manifest *abi.Manifest) string {
	switch code {
	case abi.CodeGuest:
		return adviceOnArgs(o, manifest)
	case abi.CodeUnknownTask:
		return adviceOnTask(o.task, manifest)
	case abi.CodeMemoryLimit:
		return fmt.Sprintf("raise --memory, now %v, or give the task less to hold at once", &flags.memory)
	case abi.CodeFuelExhausted:
		return fmt.Sprintf("raise --fuel, now %d, or give the task less to do", flags.fuel)
	case abi.CodeDeadline:
		return fmt.Sprintf("raise --timeout, now %v, or give the task less to do; if it should have been quick, it may be in an endless loop", flags.timeout)
	case abi.CodeOutputLimit:
		return "raise --max-output, or let the task answer with less"
	}
	return advice[code]
}

// advice is what to do about an outcome that no flag can mend.
var advice = map[abi.Code]string{
	abi.CodeTrap:           "the module's code did what WebAssembly forbids; that is a fault of the module, to be mended by its author",
	abi.CodeUnreachable:    "this is how a panic or a failed assertion ends; what the guest wrote about it is in its log lines, and the arguments may have provoked it",
	abi.CodeStackOverflow:  "the recursion is deeper than the stack of a task; let the module's author make it shallower, or try smaller arguments",
	abi.CodeExit:           "a task answers by returning and must not exit; why it did is in its log lines, if it said so",
	abi.CodeBadResult:      "the module does not keep to the boundary that abi/SPEC.md describes; its author should build it with an SDK, or compare with that text",
	abi.CodeModuleRejected: "get a module that was built for pledge, as abi/SPEC.md describes",
	abi.CodeImportDenied:   "build the module without these imports; abi/SPEC.md lists what there is",
	abi.CodeUpstream:       "a task that this one depends on did not complete; look at that one first",
	abi.CodeCancelled:      "it was interrupted from outside; run it again",
	abi.CodeHostError:      "this is no fault of the module; if it comes again, report it at https://github.com/pledge-wasm/pledge/issues",
}

// longestSchema is how long a schema may be, in bytes, to be shown in a hint.
const longestSchema = 300

// adviceOnArgs is about an error that the guest's own code returned. When that
// is about the arguments, and their schema is known, it is shown.
func adviceOnArgs(o *outcome, manifest *abi.Manifest) string {
	const itself = "the module's own code returned this error; "
	if manifest == nil {
		return itself + "its author can tell more"
	}
	e := o.guestError()
	for _, t := range manifest.Tasks {
		if e == nil || e.Code != abi.BoundaryBadArgs || t.Name != o.task || len(t.Input) == 0 {
			continue
		}
		if schema, err := itemJSON(t.Input); err == nil && len(schema) <= longestSchema {
			return fmt.Sprintf("%s wants arguments of this schema: %s", o.task, schema)
		}
	}
	return itself + "'pledge inspect' shows what it documents about its arguments"
}

// adviceOnTask lists the tasks that there are.
func adviceOnTask(task string, manifest *abi.Manifest) string {
	if manifest == nil {
		return "the module has no manifest that lists its tasks; ask its author for their names"
	}
	if len(manifest.Tasks) == 0 {
		return "it has no tasks at all; a module registers them while it is initialised (Go: in an init, because its main never runs)"
	}
	hint := "its tasks are " + taskList(manifest)
	if near := nearest(task, manifest); near != "" {
		hint = fmt.Sprintf("did you mean %s? %s", near, hint)
	}
	return hint
}

// mostTasks is how many tasks a hint lists.
const mostTasks = 30

// taskList lists the names of a module's tasks.
func taskList(manifest *abi.Manifest) string {
	names := make([]string, 0, len(manifest.Tasks))
	for _, t := range manifest.Tasks {
		names = append(names, t.Name)
	}
	if more := len(names) - mostTasks; more > 0 {
		return fmt.Sprintf("%s and %d more; 'pledge inspect' lists them all", strings.Join(names[:mostTasks], ", "), more)
	}
	return strings.Join(names, ", ")
}

// inFlags puts the flags of the command line in the place of the settings of the
// library, which the host's hints speak of.
func inFlags(hint string) string {
	return strings.NewReplacer(
		"Limits.Memory or Config.Memory", "--memory", "Limits.Memory", "--memory", "Limits.Timeout", "--timeout", "Limits.Fuel", "--fuel",
		"Limits.Result", "--max-output", "Config.Memory", "--memory",
	).Replace(hint)
}
