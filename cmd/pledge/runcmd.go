package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host"
)

// runCommand is one call of `pledge run`.
type runCommand struct {
	*streams
	sandbox     sandbox
	maxOutput   size
	args        string
	output      choice
	repeat      int
	concurrency int
}

func newRun(s *streams) *cobra.Command {
	c := &runCommand{streams: s, maxOutput: host.DefaultResult, output: choice{value: "json", of: []string{"json", "cbor", "outcome"}}}
	cmd := &cobra.Command{
		Use:   "run [flags] MODULE.wasm [TASK]",
		Short: "Run one task of a module and print its result",
		Long: `Run one task of a module in a fresh sandbox and print its result.

Without TASK, the module's only task runs. The guest gets nothing from outside
that --allow does not name: no files, no network, no environment, a clock that
stands still but for fixed steps, and random bytes that are the same each time.

Standard output carries the result and nothing else. What the guest logs goes
to standard error, each line marked as the guest's.

Exit codes:
  0  completed: the result is on standard output
  1  failed: the task itself returned an error, or the module has no such task
  2  wrong usage: nothing was run
  3  crashed: a trap, a limit, a bad result, or the module was refused
  4  timed out
  5  cancelled: interrupted`,
		Example: `  pledge run hello.wasm greet --args '"world"'
  pledge run stats.wasm --args @numbers.json --timeout 1s --memory 32MiB
  generate | pledge run stats.wasm mean --args - --output cbor > mean.cbor
  pledge run fetch.wasm --allow clock --allow env=LANG=en --output outcome | jq .state
  pledge run hello.wasm greet --args '"world"' --repeat 10000 --concurrency 4`,
		Args: func(cmd *cobra.Command, words []string) error {
			if len(words) > 2 {
				return usage("arguments of the task go behind --args, as JSON: --args '\"world\"'", "there is no place for %q", words[2])
			}
			return between(1, 2, "a module, and the task to run: pledge run MODULE.wasm TASK")(cmd, words)
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return completeRun(cmd.Context(), &c.sandbox, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVarP(&c.args, "args", "a", "null", "arguments of the task: `json`, @file.json, @file.cbor, or - for JSON on standard input")
	f.VarP(&c.output, "output", "o", "what to print: the result as json or cbor, or the whole outcome as JSON, whatever happened")
	c.sandbox.flags(cmd)
	f.Var(&c.maxOutput, "max-output", "longest encoded result that is accepted, up to 2GiB")
	f.IntVar(&c.repeat, "repeat", 1, "run the task `N` times and tell how fast that was; one result is printed, the first that did not complete or else the last")
	f.IntVar(&c.concurrency, "concurrency", 1, "run `N` tasks at once with --repeat")
	complete(cmd, "output", "json\tthe result as JSON", "cbor\tthe result as CBOR", "outcome\tstate, code, result, logs and more as one JSON object")
	complete(cmd, "max-output", "1MiB", "16MiB", "256MiB")
	complete(cmd, "repeat")
	complete(cmd, "concurrency")
	completeArgs(cmd)
	return cmd
}

func (c *runCommand) run(ctx context.Context, words []string) error {
	if err := c.validate(); err != nil {
		return err
	}
	path, task := words[0], ""
	if len(words) == 2 {
		task = words[1]
	}
	if _, err := os.Stat(path); err != nil { // before anybody writes to standard input
		return noModule(path, err)
	}
	args, err := readArgs(ctx, c.args, c.in, 4*int64(c.sandbox.memory))
	if err != nil {
		return err
	}
	h, err := c.sandbox.host(ctx, c.concurrency)
	if err != nil {
		return err
	}
	defer h.Close(ctx)

	m, err := c.sandbox.load(ctx, h, path)
	if _, wrong := err.(*problem); wrong {
		return err
	}
	if err != nil {
		return c.print(path, outcomeOfLoad(task, err), nil)
	}
	if len(words) == 1 {
		if task, err = onlyTask(path, m.Manifest()); err != nil {
			return err
		}
	}
	r := &repetition{
		streams: c.streams,
		task:    host.Bind[abi.Raw, abi.Raw](m, task, host.Within(host.Limits{Result: int(c.maxOutput)})),
		args:    args, times: c.repeat, workers: c.concurrency,
	}
	return c.print(path, r.run(ctx), m.Manifest())
}

func (c *runCommand) validate() error {
	switch {
	case c.repeat < 1:
		return usage("leave --repeat out to run the task once", "--repeat of %d: want at least 1", c.repeat)
	case c.concurrency < 1 || c.concurrency > 10_000:
		return usage("as many as there are processors is a good start", "--concurrency of %d: want 1 to 10000", c.concurrency)
	case c.maxOutput < 16 || c.maxOutput >= 2<<30:
		return usage("give a size such as 1MiB", "--max-output of %v: want 16 bytes to less than 2GiB", &c.maxOutput)
	case c.output.value == "cbor" && c.terminal:
		return usage("send it to a file or a program, or say --output json", "CBOR is no text, and standard output is a terminal")
	}
	return c.sandbox.validate()
}

// onlyTask is the task to run when none was named.
func onlyTask(path string, m *abi.Manifest) (string, error) {
	switch {
	case m == nil:
		return "", usage("name one: pledge run "+path+" TASK; the module has no manifest that lists its tasks", "no TASK was given")
	case len(m.Tasks) == 0:
		return "", usage("its author should add one", "%s has no tasks", path)
	case len(m.Tasks) > 1:
		return "", usage("name one of "+taskList(m), "no TASK was given, and %s has %d", path, len(m.Tasks))
	}
	return m.Tasks[0].Name, nil
}

// print shows an outcome: on standard output what --output asks for, on standard
// error what the guest logged and why there is no result.
func (c *runCommand) print(path string, o outcome, manifest *abi.Manifest) error {
	var text []byte
	var err error
	switch {
	case c.output.value == "outcome":
		text, err = o.json()
	case o.state == 0 || o.err != nil:
	case c.output.value == "cbor":
		text = o.value
	default:
		if text, err = itemJSON(o.value); err == nil {
			text = append(text, '\n')
		}
	}
	if err != nil {
		return &problem{exit: exitCrashed, what: "cannot show the result: " + err.Error(), hint: advice[abi.CodeHostError]}
	}
	if c.output.value != "outcome" {
		c.logs(o.logs)
	}
	if err := c.result(text); err != nil {
		return err
	}
	if o.err != nil {
		return o.problem(path, &c.sandbox, manifest)
	}
	return nil
}
