package cache

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// full is a disk on which only so many bytes can be written.
type full struct {
	file
	left int
}

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, syscall.ENOSPC
	}
	return f.file.Write(p)
}

func (f *full) WriteAt(p []byte, at int64) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, syscall.ENOSPC
	}
	return f.file.WriteAt(p, at)
}

func TestFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	code := make([]byte, 2*chunkSize)
	whole := headSize + len(code) + 2*tagSize + len("notes") + headBody + tagSize
	for left := 0; left < whole; left += 4001 {
		s, err := Open(dir, Options{})
		require.NoError(t, err)
		s.create = func(name string) (file, error) {
			f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
			return &full{f, left}, err
		}
		require.ErrorIs(t, s.Put(Key{1}, []byte("notes"), bytes.NewReader(code)), syscall.ENOSPC)
		require.Nil(t, s.Get(Key{1}))
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		require.NoError(t, err)
		require.Equal(t, []string{filepath.Join(dir, secretName)}, files, "nothing is left behind")
		require.NoError(t, s.Close())
	}
}

func TestReadOnly(t *testing.T) {
	refuse := func(string) (file, error) { return nil, syscall.EROFS }
	dir := filepath.Join(t.TempDir(), "cache")

	s, err := openStore(dir, Options{}, refuse)
	require.NoError(t, err, "it works without a key that it cannot make")
	require.ErrorIs(t, s.Put(Key{1}, nil, bytes.NewReader(nil)), ErrNoKey)
	require.Nil(t, s.Get(Key{1}))
	require.NoError(t, s.Close())

	s, err = Open(dir, Options{})
	require.NoError(t, err)
	require.NoError(t, s.Put(Key{1}, nil, bytes.NewReader([]byte("code"))))
	require.NoError(t, s.Close())
	s, err = openStore(dir, Options{}, refuse)
	require.NoError(t, err)
	e := s.Get(Key{1})
	require.NotNil(t, e, "it reads what is there")
	require.NoError(t, e.Close())
	require.ErrorIs(t, s.Put(Key{2}, nil, bytes.NewReader(nil)), syscall.EROFS)
	require.NoError(t, s.Close())
}

func TestBuild(t *testing.T) {
	const path = "example.com/m"
	executable := func() string { return "exe" }
	with := func(info debug.BuildInfo) string {
		info.GoVersion = "go1"
		return build(path, func() (*debug.BuildInfo, bool) { return &info, true }, executable)
	}
	vcs := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: modified}}
	}
	self := debug.Module{Path: path, Version: "(devel)"}
	other := debug.Module{Path: "example.com/app"}
	for name, test := range map[string]struct {
		info debug.BuildInfo
		want string
	}{
		"it takes the revision of a clean checkout":  {debug.BuildInfo{Main: self, Settings: vcs("false")}, "go1 abc"},
		"it takes the executable of a changed one":   {debug.BuildInfo{Main: self, Settings: vcs("true")}, "go1 exe"},
		"it takes the executable without a revision": {debug.BuildInfo{Main: self}, "go1 exe"},
		"it takes the release as a dependency": {
			debug.BuildInfo{Main: other, Settings: vcs("true"), Deps: []*debug.Module{{Path: path, Version: "v1.2.3", Sum: "h1:x"}}},
			"go1 example.com/m@v1.2.3 h1:x",
		},
		"it takes the executable for a local replacement": {
			debug.BuildInfo{Main: other, Settings: vcs("false"), Deps: []*debug.Module{{Path: path, Version: "v1.2.3", Sum: "h1:x", Replace: &debug.Module{Path: "../m"}}}},
			"go1 exe",
		},
		"it does not take the application's revision for its own": {
			debug.BuildInfo{Main: other, Settings: vcs("false")}, "go1 exe",
		},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, with(test.info)) })
	}
	t.Run("it takes the executable when nothing is known", func(t *testing.T) {
		require.Equal(t, "exe", build(path, func() (*debug.BuildInfo, bool) { return nil, false }, executable))
	})
	require.NotEmpty(t, Build(path))
}

func TestIdentity(t *testing.T) {
	path, when := filepath.Join(t.TempDir(), "exe"), time.Unix(0, 0)
	write := func(content string, when time.Time) string {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		require.NoError(t, os.Chtimes(path, when, when))
		id, err := identity(path)
		require.NoError(t, err)
		return id
	}
	one := write("build one", when)
	require.Equal(t, one, write("build one", when))
	require.NotEqual(t, one, write("build two", when), "it tells builds of one size and one time apart")
	require.NotEqual(t, one, write("build one and more", when))
	require.NotEqual(t, one, write("build one", when.Add(time.Second)))
	_, err := identity(path + "-gone")
	require.Error(t, err)
}

// storedFile gives the file of an entry.
func storedFile(t testing.TB, secret []byte, notes, code []byte) []byte {
	t.Helper()
	dir := t.TempDir()
	s := &Store{secret: secret, opts: Options{Bytes: 1 << 30}}
	f, err := os.Create(filepath.Join(dir, "x"))
	require.NoError(t, err)
	defer f.Close()
	size, err := s.write(f, head{key: Key{1}}, notes, bytes.NewReader(code))
	require.NoError(t, err)
	b, err := os.ReadFile(f.Name())
	require.NoError(t, err)
	require.Len(t, b, int(size))
	return b
}

// FuzzOpen looks for a file that is believed and was not stored.
func FuzzOpen(f *testing.F) {
	secret := bytes.Repeat([]byte{7}, secretSize)
	genuine := map[string]bool{}
	for _, seed := range [][2]string{{"", ""}, {"notes", "code"}, {"", string(make([]byte, chunkSize+1))}} {
		b := storedFile(f, secret, []byte(seed[0]), []byte(seed[1]))
		genuine[string(b)] = true
		f.Add(b)
	}
	if len(genuine) != 3 {
		f.Fatal("the seeds are missing")
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, ok := open(bytes.NewReader(b), int64(len(b)), secret, Key{1}, nil)
		if !ok {
			return
		}
		if _, err := io.ReadAll(e); err == nil && !genuine[string(b)] {
			t.Fatal("a file is believed that was not stored")
		}
	})
}

// FuzzHead looks for a head that makes the reader ask for more than the file.
func FuzzHead(f *testing.F) {
	f.Add((&head{code: 10, notes: 5}).append(nil), uint16(15+tagSize))
	f.Fuzz(func(t *testing.T, b []byte, rest uint16) {
		b = append(b, make([]byte, tagSize)...)
		size := int64(headSize) + int64(rest)
		h, ok := parseHead(b, size)
		if !ok {
			return
		}
		if sum := h.code + h.notes + h.chunks()*tagSize; sum != uint64(rest) || h.code > uint64(rest) || h.notes > uint64(rest) {
			t.Fatalf("%d bytes of code and %d of notes in %d", h.code, h.notes, rest)
		}
		if again := h.append(nil); !bytes.Equal(again, b[:headBody]) {
			t.Fatal("a head is written differently than it was read")
		}
	})
}

func TestDue(t *testing.T) {
	s := &Store{opts: Options{Entries: 64, Bytes: 1600}}
	require.True(t, s.due(1), "it looks at once in a new process")
	require.False(t, s.due(1))
	require.True(t, s.due(99), "it looks after a sixteenth of the bytes")
	require.False(t, s.due(1))
	require.False(t, s.due(1))
	require.False(t, s.due(1))
	require.True(t, s.due(1), "it looks after a sixteenth of the entries")
}
