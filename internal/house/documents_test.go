package house

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
	"github.com/pledge-wasm/pledge/internal/buildguest"
	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

// block is one fenced block of a document.
type block struct{ language, text string }

var fence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// document reads a document of this repository.
func document(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", path))
	require.NoError(t, err)
	return string(text)
}

// blocks lists the fenced blocks of a text in one of the languages.
func blocks(text string, languages ...string) []block {
	var found []block
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		for _, language := range languages {
			if m[1] == language {
				found = append(found, block{m[1], m[2]})
			}
		}
	}
	return found
}

// inside makes a directory inside of this module, so that what is built there
// finds its packages.
func inside(t *testing.T) string {
	t.Helper()
	require.NoError(t, os.MkdirAll("testdata", 0o755))
	dir, err := os.MkdirTemp("testdata", "document")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	dir, err = filepath.Abs(dir)
	require.NoError(t, err)
	return dir
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
}

// terminal runs the commands that a document shows, as they stand there.
type terminal struct {
	t   *testing.T
	dir string   // where they run
	bin string   // what is found first
	env []string // beside that of the test
}

// newTerminal has the pledge command.
func newTerminal(t *testing.T) *terminal {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh on this machine to run the sessions of the documents")
	}
	s := &terminal{t: t, dir: t.TempDir(), bin: t.TempDir()}
	out, err := exec.Command("go", "build", "-o", s.bin, "../../cmd/pledge").CombinedOutput()
	require.NoError(t, err, string(out))
	goCache, err := exec.Command("go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	s.env = []string{
		"PATH=" + s.bin + string(filepath.ListSeparator) + os.Getenv("PATH"),
		"XDG_CACHE_HOME=" + filepath.Join(s.bin, "cache"),
		"GOCACHE=" + strings.TrimSpace(string(goCache)), // which would be below that
	}
	return s
}

// at is the same terminal for another test and directory.
func (s *terminal) at(t *testing.T, dir string) *terminal { return &terminal{t, dir, s.bin, s.env} }

// run runs one command and returns all that it printed.
func (s *terminal) run(command string) (string, error) {
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), s.env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// play runs a session and holds it against what the document shows. A line of
// three dots stands for any lines.
func (s *terminal) play(session string) {
	s.t.Helper()
	for _, step := range strings.Split("\n"+session, "\n$ ")[1:] {
		command, want, _ := strings.Cut(step, "\n")
		got, _ := s.run(command)
		pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(want)), `\.\.\.`, `(?s:.*)`)
		require.Regexp(s.t, "^"+pattern+"$", strings.TrimSpace(got), command)
	}
}

func TestTheSessionsOfTheCommandLineAreTrue(t *testing.T) {
	s := newTerminal(t)
	for _, name := range []string{"hello", "limits"} {
		write(t, s.dir, name+".wasm", string(buildguest.Go(t, "../../examples/"+name+"/guest")))
	}
	sessions := blocks(document(t, "docs/cli.md"), "console")
	require.NotEmpty(t, sessions)
	for _, b := range sessions {
		s.play(b.text)
	}
}

// compilers are what the documents use, by the files that they take, with the
// smallest file that one which can make modules at all will take.
var compilers = map[string]struct{ command, smallest string }{
	".go": {"go", "package main\nfunc main() {}\n"},
	".rs": {"rustc", ""},
	".c":  {"clang", ""},
	".ts": {"asc", "export function f(): void {}\n"},
}

// file is a block that the text before it names.
var file = regexp.MustCompile("(?s)`(greet[a-z_]*\\.[a-z]+)`:\n\n```\\w+\n(.*?)\n```")

func TestTheGuestsOfTheGuideRun(t *testing.T) {
	guide := document(t, "docs/guests.md")
	_, shipping, ok := strings.Cut(guide, "\n## Before shipping\n")
	require.True(t, ok)
	pledge := newTerminal(t)
	seen := 0
	for _, section := range strings.Split(guide, "\n## ")[1:] {
		files := file.FindAllStringSubmatch(section, -1)
		if len(files) == 0 {
			continue
		}
		seen++
		language, _, _ := strings.Cut(section, "\n")
		t.Run(language, func(t *testing.T) {
			s := pledge.at(t, inside(t))
			commands := blocks(section, "sh")
			require.Len(t, commands, 1)
			// npx would look for a compiler on the network.
			command := strings.TrimPrefix(strings.TrimSpace(commands[0].text), "npx ")
			s.needs(files[0][1], command)
			for _, f := range files {
				write(t, s.dir, f[1], f[2]+"\n")
			}
			out, err := s.run(command)
			require.NoError(t, err, "%s\n%s", command, out)
			if language == "Go" {
				out, err = s.run("go test .")
				require.NoError(t, err, out)
			}
			for _, b := range blocks(shipping, "sh") {
				out, err = s.run(b.text)
				require.NoError(t, err, "%s\n%s", b.text, out)
			}
			sessions := blocks(shipping, "console")
			s.play(sessions[0].text)
			if language != "Go" { // the SDK says more about wrong arguments
				s.play(sessions[1].text)
			}
		})
	}
	require.Equal(t, len(compilers), seen)
}

// The guest that ends the specification is compiled as it says.
func TestTheGuestOfTheSpecificationRuns(t *testing.T) {
	text := document(t, "abi/SPEC.md")
	code := blocks(text, "c")
	require.Len(t, code, 1)
	command := regexp.MustCompile("compiled with `(clang [^`]*)`").FindStringSubmatch(text)
	require.NotNil(t, command)
	s := newTerminal(t)
	s.needs("guest.c", command[1])
	write(t, s.dir, "guest.c", code[0].text)
	out, err := s.run(command[1])
	require.NoError(t, err, out)
	s.play("$ pledge run guest.wasm anything\n42\n")
}

// needs skips a test whose compiler is not here, or makes no modules.
func (s *terminal) needs(name, command string) {
	s.t.Helper()
	compiler := compilers[filepath.Ext(name)]
	require.NotEmpty(s.t, compiler.command, "the test knows the compiler of %s", name)
	if _, err := exec.LookPath(compiler.command); err != nil && !s.versioned(compiler.command) {
		s.t.Skipf("there is no %s on this machine", compiler.command)
	}
	write(s.t, s.dir, name, compiler.smallest)
	if out, err := s.run(command); err != nil && compiler.command != "go" {
		s.t.Skipf("%s makes no WebAssembly on this machine: %s", compiler.command, out)
	}
}

// versioned looks for a compiler that has its version in its name, as Debian
// has it, and gives it the plain one.
func (s *terminal) versioned(command string) bool {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		found, _ := filepath.Glob(filepath.Join(dir, command+"-[0-9]*"))
		if len(found) > 0 {
			return os.Symlink(found[len(found)-1], filepath.Join(s.bin, command)) == nil
		}
	}
	return false
}

// The code of the guide for embedders is one program, but for its main and its
// imports, which are in testdata.
func TestTheCodeOfTheGuideForEmbeddersRuns(t *testing.T) {
	program, err := os.ReadFile("testdata/embedding.go")
	require.NoError(t, err)
	parts := []string{string(program)}
	for _, b := range blocks(document(t, "docs/embedding.md"), "go") {
		parts = append(parts, b.text)
	}
	require.Greater(t, len(parts), 5)
	dir := inside(t)
	write(t, dir, "main.go", strings.Join(parts, "\n"))

	modules := t.TempDir()
	write(t, modules, "counter.wasm", string(wasmtest.Counter(wasmtest.InMemory)))
	args := []string{"run", dir, filepath.Join(modules, "cache")}
	for _, example := range []string{"wordcount", "hostfunc"} {
		write(t, modules, example+".wasm", string(buildguest.Go(t, "../../examples/"+example+"/guest")))
		args = append(args, filepath.Join(modules, example+".wasm"))
	}
	out, err := exec.Command("go", append(args, filepath.Join(modules, "counter.wasm"))...).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, `map[be:2 not:1 or:1 to:2]
known: false
known: true
95
visits: 2
the task says: no_rate
a limit: fuel limit of 1 reached
the run ended: unknown_task
nobody waited for the end; the run goes on
`, string(out))
}

// table reads the rows of the table whose first column has a name, by what is
// in the first column of each.
func table(t *testing.T, text, name string) map[string][]string {
	t.Helper()
	_, rest, ok := strings.Cut(text, "\n| "+name+" |")
	require.True(t, ok, "there is a table of %s", name)
	rows := make(map[string][]string)
	for i, line := range strings.Split(rest, "\n") {
		if i < 2 {
			continue // the rest of its head, and the line below
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) < 2 {
			break
		}
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		for first := range strings.SplitSeq(cells[0], ", ") {
			rows[strings.Trim(first, "`")] = cells[1:]
		}
	}
	return rows
}

// The tables of the guide for embedders have every field and every code, with
// its default and its state.
func TestTheTablesOfTheGuideForEmbeddersAreTrue(t *testing.T) {
	guide := document(t, "docs/embedding.md")
	for name, of := range map[string]any{"`host.Config`": host.Config{}, "`host.Limits`": host.Limits{}, "`host.Grants`": host.Grants{}} {
		rows := table(t, guide, name)
		fields := reflect.VisibleFields(reflect.TypeOf(of))
		for _, f := range fields {
			require.Contains(t, rows, f.Name, name)
		}
		require.Len(t, rows, len(fields), name)
	}
	mebibytes := func(n int) string { return fmt.Sprintf("%d MiB", n>>20) }
	limits := table(t, guide, "`host.Limits`")
	for field, want := range map[string]string{
		"Memory":    mebibytes(host.DefaultMemory),
		"Timeout":   host.DefaultTimeout.String(),
		"Fuel":      strconv.Itoa(host.DefaultFuel),
		"Result":    mebibytes(host.DefaultResult),
		"Logs":      mebibytes(host.DefaultLogs),
		"HostCalls": strconv.Itoa(host.DefaultHostCalls),
	} {
		require.Equal(t, want, limits[field][1], "the default of %s", field)
	}
	config := table(t, guide, "`host.Config`")
	require.Equal(t, strconv.Itoa(host.DefaultQueue), config["Queue"][1])
	require.Equal(t, fmt.Sprintf("%d GiB", host.DefaultHostMemory>>30), config["Memory"][1])

	codes := table(t, guide, "code")
	for _, code := range abi.Codes() {
		require.Contains(t, codes, string(code))
		require.Equal(t, futures.StateOf(code).String(), codes[string(code)][0], code)
	}
	require.Len(t, codes, len(abi.Codes()))
}
