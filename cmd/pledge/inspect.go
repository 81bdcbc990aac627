package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/pledge-wasm/pledge/host"
)

func newInspect(s *streams) *cobra.Command {
	var box sandbox
	output := choice{value: "text", of: []string{"text", "json"}}
	cmd := &cobra.Command{
		Use:   "inspect [flags] MODULE.wasm",
		Short: "Tell what a module is, what it needs and whether it would run",
		RunE: func(cmd *cobra.Command, words []string) error {
			return inspect(cmd.Context(), s, &box, words[0], output.value)
		},
		Args: between(1, 1, "a module: pledge inspect MODULE.wasm"),
	}
	cmd.Flags().VarP(&output, "output", "o", "how to print it")
	box.flags(cmd)
	return cmd
}

func inspect(ctx context.Context, s *streams, box *sandbox, path, output string) error {
	if err := box.validate(); err != nil {
		return err
	}
	h, err := box.host(ctx, 1)
	if err != nil {
		return err
	}
	defer h.Close(ctx)
	m, err := box.load(ctx, h, path)
	if err != nil {
		if load, ok := errors.AsType[*host.LoadError](err); ok {
			o := outcomeOfLoad("", load)
			return o.problem(path, box, nil)
		}
		return err
	}
	return s.result([]byte("digest " + m.Digest() + "\n"))
}
