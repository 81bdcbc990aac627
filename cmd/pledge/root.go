package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
)

// execute runs the command that args name and returns its exit code.
func (s *streams) execute(ctx context.Context, args []string) int {
	root := newRoot(s)
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	return s.finish(root.ExecuteContext(ctx))
}

// newRoot makes the tree of commands, all of which use the same streams.
func newRoot(s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "pledge",
		Short: "Run untrusted tasks, compiled to WebAssembly, each in a pristine sandbox",
		Long: `Pledge runs untrusted tasks, compiled to WebAssembly, each in a pristine sandbox.

A task gets its arguments and returns its result, and that is all it can do:
what it may reach beyond that, how long it may take and how much memory it may
have, you say on the command line.`,
		Example: `  pledge run hello.wasm greet --args '"world"'
  pledge inspect hello.wasm
  source <(pledge completion bash)`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version, _ := cmd.Flags().GetBool("version"); version {
				return printVersion(s, "text")
			}
			printHelp(s.err, cmd)
			return silent(exitUsage)
		},
	}
	root.Flags().Bool("version", false, "print the version")
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { printHelp(cmd.OutOrStdout(), cmd) })
	root.SetUsageFunc(func(cmd *cobra.Command) error { printHelp(cmd.OutOrStderr(), cmd); return nil })
	root.SetFlagErrorFunc(wrongFlag)
	root.AddCommand(newRun(s), newInspect(s), newVersion(s))
	root.SetHelpCommand(newHelp())
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Short = "Print a script that completes commands, modules and tasks in a shell"
			c.Args = between(1, 1, "a shell: bash, fish, powershell or zsh")
			c.RunE = func(cmd *cobra.Command, words []string) error {
				return usage("'pledge completion --help' lists the shells", "there is no completion for %q", words[0])
			}
		}
	}
	return root
}

// newHelp is the command that shows the help of another.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show how a command is used",
		ValidArgsFunction: func(cmd *cobra.Command, words []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if at, _, err := cmd.Root().Find(words); err == nil {
				for _, c := range at.Commands() {
					if c.IsAvailableCommand() {
						names = append(names, c.Name()+"\t"+c.Short)
					}
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, words []string) error {
			at, rest, err := cmd.Root().Find(words)
			if err != nil || len(rest) > 0 {
				return usage("'pledge help' lists the commands", "there is no command %q", strings.Join(words, " "))
			}
			at.InitDefaultHelpFlag()
			printHelp(cmd.OutOrStdout(), at)
			return nil
		},
	}
}

// between wants lo to hi words after a command; want says which.
func between(lo, hi int, want string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, words []string) error {
		hint := "'" + cmd.CommandPath() + " --help' shows examples"
		switch {
		case len(words) < lo:
			return usage(hint, "%s wants %s", cmd.CommandPath(), want)
		case len(words) > hi:
			return usage(hint, "%s wants %s; there is no place for %q", cmd.CommandPath(), want, words[hi])
		}
		return nil
	}
}
