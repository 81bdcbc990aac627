package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// complete offers words as values of a flag. A tab divides a word from what is
// said about it.
func complete(cmd *cobra.Command, flag string, words ...string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		directive := cobra.ShellCompDirectiveNoFileComp
		if flag == "allow" {
			directive |= cobra.ShellCompDirectiveNoSpace // more follows env=
		}
		return words, directive
	})
	if err != nil {
		panic("pledge: completion of --" + flag + ": " + err.Error())
	}
}

// completeArgs offers files behind an @ as values of --args.
func completeArgs(cmd *cobra.Command) {
	err := cmd.RegisterFlagCompletionFunc("args", func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		prefix, isFile := strings.CutPrefix(word, "@")
		if !isFile {
			return []string{"@\ta file, .json or .cbor", "-\tJSON on standard input"},
				cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
		}
		var words []string
		for _, path := range globPrefix(prefix) {
			switch info, err := os.Stat(path); {
			case err != nil:
			case info.IsDir():
				words = append(words, "@"+path+string(filepath.Separator))
			case strings.EqualFold(filepath.Ext(path), ".json"), strings.EqualFold(filepath.Ext(path), ".cbor"):
				words = append(words, "@"+path)
			}
		}
		return words, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic("pledge: completion of --args: " + err.Error())
	}
}

// globPrefix lists the files whose path begins with a prefix.
func globPrefix(prefix string) []string {
	dir, base := filepath.Split(prefix)
	entries, err := os.ReadDir(filepath.Clean("./" + dir))
	if filepath.IsAbs(dir) {
		entries, err = os.ReadDir(dir)
	}
	if err != nil {
		return nil
	}
	var paths []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), base) && (base != "" || !strings.HasPrefix(e.Name(), ".")) {
			paths = append(paths, dir+e.Name())
		}
	}
	return paths
}

// modules completes a path to a module.
func modules() ([]string, cobra.ShellCompDirective) {
	return []string{"wasm"}, cobra.ShellCompDirectiveFilterFileExt
}

// completionTime is how long the guest code of a module may keep a user waiting
// who has pressed the tab key.
const completionTime = 500 * time.Millisecond

// completeRun completes the words of `pledge run`: a module, and then one of
// its tasks, for which the module is loaded under the limits given so far.
func completeRun(ctx context.Context, s *sandbox, words []string) ([]string, cobra.ShellCompDirective) {
	if len(words) == 0 {
		return modules()
	}
	if len(words) > 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	s.timeout = min(s.timeout, completionTime)
	h, err := s.host(ctx, 1)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer h.Close(ctx)
	m, err := s.load(ctx, h, words[0])
	if err != nil || m.Manifest() == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var tasks []string
	for _, t := range m.Manifest().Tasks {
		if safeWord(t.Name) {
			tasks = append(tasks, t.Name+"\t"+firstLine(t.Doc))
		}
	}
	return tasks, cobra.ShellCompDirectiveNoFileComp
}

// safeWord reports whether a task's name, which is the module's own text, can be
// put on a command line as it is.
func safeWord(name string) bool {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/@+,="
	return name != "" && name[0] != '-' && len(name) <= 100 && strings.Trim(name, plain) == ""
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(printable(text), "\n")
	return strings.ReplaceAll(line, "\t", " ")
}
