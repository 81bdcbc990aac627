//go:build unix

package cache_test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/cache"
)

func TestDirectory(t *testing.T) {
	t.Run("it makes a private directory", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "a", "b")
		open(t, dir, cache.Options{})
		info, err := os.Stat(dir)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
		info, err = os.Stat(filepath.Join(dir, keyName))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	})
	for _, mode := range []os.FileMode{0o701, 0o710, 0o720, 0o755, 0o777, 0o704} {
		t.Run("it refuses a directory of mode "+mode.String(), func(t *testing.T) {
			dir := private(t)
			require.NoError(t, os.Mkdir(dir, 0o700))
			require.NoError(t, os.Chmod(dir, mode))
			requireDirError(t, dir, "open to others", "chmod")
		})
	}
	t.Run("it refuses a file", func(t *testing.T) {
		path := private(t)
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		requireDirError(t, path, "cannot be made", "choose")
	})
	t.Run("it refuses a link to a directory that is open to others", func(t *testing.T) {
		dir := private(t)
		require.NoError(t, os.Mkdir(dir, 0o700))
		require.NoError(t, os.Chmod(dir, 0o777))
		link := dir + "-link"
		require.NoError(t, os.Symlink(dir, link))
		requireDirError(t, link, "open to others", "chmod")
	})
	t.Run("it refuses a link to nothing", func(t *testing.T) {
		link := private(t)
		require.NoError(t, os.Symlink(link+"-gone", link))
		requireDirError(t, link, "cannot be made", "choose")
	})
	t.Run("it stays in the directory that it has checked", func(t *testing.T) {
		dir, key := private(t), cache.NewKey("a")
		s := open(t, dir, cache.Options{})
		require.NoError(t, s.Put(key, nil, bytes.NewReader(pattern(10))))
		// Another puts a directory of his in its place, with the same files.
		trap := dir + "-trap"
		require.NoError(t, os.CopyFS(trap, os.DirFS(dir)))
		require.NoError(t, os.Chmod(trap, 0o777))
		for _, entry := range []string{entryFile(t, trap)} {
			require.NoError(t, os.WriteFile(entry, []byte("forged"), 0o666))
		}
		require.NoError(t, os.Rename(dir, dir+"-moved"))
		require.NoError(t, os.Symlink(trap, dir))
		_, code, ok := read(s, key)
		require.True(t, ok)
		require.Equal(t, pattern(10), code)
		require.NoError(t, s.Put(cache.NewKey("b"), nil, bytes.NewReader(pattern(20))))
		entryFile(t, trap) // still the only one there
		requireDirError(t, dir, "open to others", "chmod")
	})
	t.Run("it refuses the directory of another", func(t *testing.T) {
		dir := private(t)
		require.NoError(t, os.Mkdir(dir, 0o700))
		if err := os.Chown(dir, 4242, -1); err != nil {
			t.Logf("only the superuser can give a directory away: %v", err)
			return
		}
		requireDirError(t, dir, "belongs to user 4242", "your own")
	})
}

func requireDirError(t *testing.T, dir, problem, hint string) {
	t.Helper()
	_, err := cache.Open(dir, cache.Options{})
	var e *cache.DirError
	require.ErrorAs(t, err, &e)
	require.Equal(t, dir, e.Dir)
	require.Contains(t, e.Problem, problem)
	require.Contains(t, e.Hint, hint)
}

const childEnv = "PLEDGE_TEST_CACHE_CHILD"

// init makes the test binary a process that begins to store an entry, says so
// when half of it is written, and goes on when it is told to.
func init() {
	dir := os.Getenv(childEnv)
	if dir == "" {
		return
	}
	s, err := cache.Open(dir, cache.Options{})
	if err != nil {
		panic(err)
	}
	for {
		err := s.Put(cache.NewKey("a"), []byte("child"), io.MultiReader(bytes.NewReader(pattern(2*chunk)), waiting{}, bytes.NewReader(pattern(2*chunk))))
		if err != nil {
			panic(err)
		}
		_, _ = os.Stdout.WriteString("stored\n")
	}
}

type waiting struct{}

func (waiting) Read([]byte) (int, error) {
	_, _ = os.Stdout.WriteString("half\n")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		os.Exit(0)
	}
	return 0, io.EOF
}

// child starts a process that stores.
func child(t *testing.T, dir string) (cmd *exec.Cmd, in io.Writer, out *bufio.Reader) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd = exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	cmd.Stderr = os.Stderr
	in, err = cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd, in, bufio.NewReader(stdout)
}

func requireLine(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	line, err := r.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, want, strings.TrimSpace(line))
}

func TestProcesses(t *testing.T) {
	t.Run("it sees all of what another process stores, or nothing", func(t *testing.T) {
		dir, key := private(t), cache.NewKey("a")
		_, in, out := child(t, dir)
		requireLine(t, out, "half")
		s := open(t, dir, cache.Options{})
		require.Nil(t, s.Get(key))
		require.NoError(t, s.Put(key, []byte("parent"), bytes.NewReader(pattern(10))))
		e := s.Get(key)
		require.NotNil(t, e)
		defer e.Close()

		_, err := io.WriteString(in, "\n")
		require.NoError(t, err)
		requireLine(t, out, "stored")
		code, err := io.ReadAll(e)
		require.NoError(t, err)
		require.Equal(t, pattern(10), code, "what is open stays as it was")
		notes, code, ok := read(s, key)
		require.True(t, ok)
		require.Equal(t, "child", string(notes))
		require.Equal(t, append(pattern(2*chunk), pattern(2*chunk)...), code)
	})
	t.Run("it survives a process that is killed while it writes", func(t *testing.T) {
		dir, key := private(t), cache.NewKey("a")
		cmd, _, out := child(t, dir)
		requireLine(t, out, "half")
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
		left, err := filepath.Glob(filepath.Join(dir, "*.new"))
		require.NoError(t, err)
		require.Len(t, left, 1)

		s := open(t, dir, cache.Options{})
		require.Nil(t, s.Get(key))
		old := time.Now().Add(-2 * time.Hour)
		require.NoError(t, os.Chtimes(left[0], old, old))
		require.NoError(t, s.Put(key, nil, bytes.NewReader(pattern(10))))
		require.NoFileExists(t, left[0])
		_, _, ok := read(s, key)
		require.True(t, ok)
	})
}
