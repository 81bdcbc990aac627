package main

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/pledge-wasm/pledge/host"
)

// inspectCommand is one call of `pledge inspect`.
type inspectCommand struct {
	*streams
	sandbox sandbox
	output  choice
}

func newInspect(s *streams) *cobra.Command {
	c := &inspectCommand{streams: s, output: choice{value: "text", of: []string{"text", "json"}}}
	cmd := &cobra.Command{
		Use:   "inspect [flags] MODULE.wasm",
		Short: "Tell what a module is, what it needs and whether it would run",
		Long: `Tell what a module is, which tasks it has with the schemas that it documents,
what it needs of its host, and whether it would be let in under the limits and
grants given. To know that, the module is loaded; none of its tasks runs.

Exit codes:
  0  the module would be let in
  2  wrong usage, or the file cannot be read
  3  the module would be refused; the reason is told
  5  cancelled: interrupted`,
		Example: `  pledge inspect hello.wasm
  pledge inspect hello.wasm --memory 16MiB
  pledge inspect hello.wasm --output json | jq '.tasks[].name'`,
		Args: between(1, 1, "a module: pledge inspect MODULE.wasm"),
		ValidArgsFunction: func(_ *cobra.Command, words []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(words) == 0 {
				return modules()
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, words []string) error { return c.run(cmd.Context(), words[0]) },
	}
	cmd.Flags().VarP(&c.output, "output", "o", "how to print it")
	complete(cmd, "output", c.output.of...)
	c.sandbox.flags(cmd)
	return cmd
}

func (c *inspectCommand) run(ctx context.Context, path string) error {
	if err := c.sandbox.validate(); err != nil {
		return err
	}
	wasm, err := readModule(path)
	if err != nil {
		return err
	}
	h, err := c.sandbox.host(ctx, 1)
	if err != nil {
		return err
	}
	defer h.Close(ctx)
	in, err := h.Inspect(ctx, wasm, host.WithName(filepath.Base(path)), host.WithGrants(c.sandbox.allow.Grants))
	if err != nil {
		o := outcomeOfLoad("", err)
		return o.problem(path, &c.sandbox, nil)
	}
	d := describe(path, wasm, in)
	text := d.text()
	if c.output.value == "json" {
		if text, err = marshal(d, "  "); err != nil {
			return err
		}
	}
	if err := c.result(text); err != nil {
		return err
	}
	if in.Err == nil {
		return nil
	}
	o := outcomeOfLoad("", in.Err)
	return o.problem(path, &c.sandbox, nil)
}

// kindOf is the kind of a file for people. The host does not look further into
// what is no module.
func kindOf(wasm []byte, in *host.Inspection) string {
	const magic = "\x00asm"
	switch {
	case len(wasm) < 4 || string(wasm[:4]) != magic:
		return "not wasm"
	case len(wasm) >= 8 && wasm[6] == 1 && wasm[7] == 0:
		return "component"
	}
	return in.Kind
}
