package cache

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"sync"
)

// Build identifies the code of this program as far as a module at a path of it
// goes, so that entries of other builds are not used: by its version and
// checksum, or by its revision when it was built from a clean checkout, and else,
// in development, by the executable itself, which every build changes. It also
// names the Go release. Two programs with the same release of the module share
// what they store.
func Build(path string) string {
	return build(path, debug.ReadBuildInfo, executable)
}

func build(path string, read func() (*debug.BuildInfo, bool), executable func() string) string {
	info, ok := read()
	if !ok {
		return executable()
	}
	module := &info.Main
	if module.Path == path {
		if revision, clean := revision(info); clean {
			return info.GoVersion + " " + revision
		}
	}
	for _, dep := range info.Deps {
		if dep.Path == path {
			module = dep
		}
	}
	if module.Replace != nil {
		module = module.Replace
	}
	if module.Sum == "" || strings.HasSuffix(module.Version, "+dirty") {
		return info.GoVersion + " " + executable()
	}
	return info.GoVersion + " " + module.Path + "@" + module.Version + " " + module.Sum
}

// revision is what the version control says of the main module.
func revision(info *debug.BuildInfo) (revision string, clean bool) {
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			clean = s.Value == "false"
		}
	}
	return revision, clean && revision != ""
}

// executable is the identity of the program's own file. Where that cannot be
// told, no two processes are the same build.
var executable = sync.OnceValue(func() string {
	path, err := os.Executable()
	if err != nil {
		return rand.Text()
	}
	id, err := identity(path)
	if err != nil {
		return rand.Text()
	}
	return id
})

// identity tells one build from another by where it lies, when and how large it
// was written, and how it begins: Go's linkers put the build ID, a hash of all
// that was linked, there. To hash the whole file would take longer than to load
// a module, and images of containers give every file the same time.
func identity(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	begin := sha256.New()
	if _, err := io.CopyN(begin, f, 64<<10); err != nil && err != io.EOF {
		return "", err
	}
	return fmt.Sprintf("%s %d %d %x", path, info.Size(), info.ModTime().UnixNano(), begin.Sum(nil)), nil
}

// Version is the version of the module at a path that this program was built
// with, empty when that is not known.
func Version(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, dep := range info.Deps {
		if dep.Path == path {
			if dep.Replace != nil {
				return dep.Replace.Version
			}
			return dep.Version
		}
	}
	return ""
}
