package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/pledge-wasm/pledge/host"
)

func newVersion(s *streams) *cobra.Command {
	output := choice{value: "text", of: []string{"text", "json"}}
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version, and what pledge runs on",
		Long: `Print the version of pledge, that of Go, that of the WebAssembly engine and
how the memory of a used instance is put back here.`,
		Example: "  pledge version\n  pledge version --output json",
		Args:    between(0, 0, "nothing after it"),
		RunE:    func(*cobra.Command, []string) error { return printVersion(s, output.value) },
	}
	cmd.Flags().VarP(&output, "output", "o", "how to print it")
	complete(cmd, "output", output.of...)
	return cmd
}

// about is what `pledge version` tells.
type about struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Wazero   string `json:"wazero"`
	Engine   string `json:"engine"`
	Reset    string `json:"reset"`
}

const enginePath = "github.com/tetratelabs/wazero"

// aboutBuild tells what the binary was built of.
func aboutBuild(info *debug.BuildInfo) about {
	a := about{
		Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Wazero: "unknown",
	}
	a.Engine, a.Reset = host.Platform()
	if info == nil {
		return a
	}
	if info.Main.Version != "" {
		a.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			a.Revision = s.Value
		case "vcs.modified":
			a.Modified = s.Value == "true"
		}
	}
	for _, dep := range info.Deps {
		if dep.Path != enginePath {
			continue
		}
		if dep.Replace != nil {
			dep = dep.Replace
		}
		a.Wazero = dep.Version
	}
	return a
}

func printVersion(s *streams, output string) error {
	info, _ := debug.ReadBuildInfo()
	a := aboutBuild(info)
	if output == "json" {
		b, err := json.Marshal(a)
		if err != nil {
			return err
		}
		return s.result(append(b, '\n'))
	}
	version := a.Version
	switch {
	case a.Revision != "" && a.Modified:
		version += " (revision " + a.Revision + ", modified)"
	case a.Revision != "":
		version += " (revision " + a.Revision + ")"
	}
	return s.result(fmt.Appendf(nil, "pledge   %s\ngo       %s %s\nwazero   %s\nengine   %s\nreset    %s\n",
		version, a.Go, a.Platform, a.Wazero, a.Engine, a.Reset))
}
