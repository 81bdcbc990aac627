// Package machine tells what figures were taken on.
package machine

import (
	"bufio"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/pledge-wasm/pledge/host"
)

// Machine is a computer, its system and the program that measures.
type Machine struct {
	CPU, System, Kernel, Go string
	Cores                   int
	Engine, Reset           string
	Versions                []string
}

// Describe looks at the machine and the program.
func Describe() Machine {
	m := Machine{
		System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(), Cores: runtime.NumCPU(),
		CPU: field("/proc/cpuinfo", "model name"), Kernel: kernel(),
	}
	m.Engine, m.Reset = host.Platform()
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			switch d.Path {
			case "github.com/tetratelabs/wazero", "github.com/extism/go-sdk", "github.com/knqyf263/go-plugin",
				"github.com/bytecodealliance/wasmtime-go/v39":
				m.Versions = append(m.Versions, strings.TrimPrefix(d.Path, "github.com/")+" "+d.Version)
			}
		}
	}
	slices.Sort(m.Versions)
	return m
}

func field(path, key string) string {
	f, err := os.Open(path)
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if k, v, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}

func kernel() string {
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(b))
}
