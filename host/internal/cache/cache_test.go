package cache_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/cache"
)

const (
	chunk   = 256 << 10 // how much code one tag covers
	keyName = "pledge-code.key"
)

func open(t testing.TB, dir string, opts cache.Options) *cache.Store {
	t.Helper()
	s, err := cache.Open(dir, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// private is a new directory of mode 0700.
func private(t testing.TB) string { return filepath.Join(t.TempDir(), "cache") }

// pattern is code in which no two chunks are alike.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i) ^ byte(i>>8)*31 ^ byte(i>>16)*17
	}
	return b
}

// read gives what is stored, ok being false when nothing is, or when it is
// damaged.
func read(s *cache.Store, key cache.Key) (notes, code []byte, ok bool) {
	e := s.Get(key)
	if e == nil {
		return nil, nil, false
	}
	defer e.Close()
	code, err := io.ReadAll(e)
	if err != nil {
		return nil, nil, false
	}
	return e.Notes(), code, true
}

// entryFile is the file of the only entry.
func entryFile(t testing.TB, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.code"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	return files[0]
}

func TestStore(t *testing.T) {
	for name, size := range map[string]int{
		"it keeps no code":                   0,
		"it keeps a byte":                    1,
		"it keeps less than a chunk":         chunk - 1,
		"it keeps a chunk":                   chunk,
		"it keeps chunks and a byte":         3*chunk + 1,
		"it keeps what is read side by side": 9<<20 + 5,
	} {
		t.Run(name, func(t *testing.T) {
			dir, key, code := private(t), cache.NewKey("a"), pattern(size)
			require.NoError(t, open(t, dir, cache.Options{}).Put(key, []byte("notes"), bytes.NewReader(code)))
			// Another store is another process.
			notes, got, ok := read(open(t, dir, cache.Options{}), key)
			require.True(t, ok)
			require.Equal(t, "notes", string(notes))
			require.True(t, bytes.Equal(code, got))
		})
	}
}

func TestReadSizes(t *testing.T) {
	dir, key, code := private(t), cache.NewKey("a"), pattern(5*chunk+77)
	s := open(t, dir, cache.Options{})
	require.NoError(t, s.Put(key, nil, bytes.NewReader(code)))
	for _, sizes := range [][]int{{1, 8, chunk}, {chunk - 1, 2, 3 * chunk}, {len(code)}, {len(code) + 1}, {6, 4, 5*chunk + 67}, {700}} {
		e := s.Get(key)
		require.NotNil(t, e)
		var got []byte
		for n := 0; ; n++ {
			p := make([]byte, sizes[n%len(sizes)])
			k, err := io.ReadFull(e, p)
			got = append(got, p[:k]...)
			if err != nil {
				break
			}
		}
		require.True(t, bytes.Equal(code, got), sizes)
		require.NoError(t, e.Close())
	}
}

func TestKey(t *testing.T) {
	require.NotEqual(t, cache.NewKey("ab", "c"), cache.NewKey("a", "bc"), "it tells where a part ends")
	require.NotEqual(t, cache.NewKey("a"), cache.NewKey("a", ""), "it counts parts")
	require.Equal(t, cache.NewKey("a", "b"), cache.NewKey("a", "b"))
}

// spoil stores an entry, changes its file, and requires that it is then not
// believed, that its file is gone, and that it can be stored anew.
func spoil(t *testing.T, dir string, s *cache.Store, original []byte, change func(file []byte) []byte) {
	t.Helper()
	key := cache.NewKey("a")
	name := filepath.Join(dir, filepath.Base(entryName))
	require.NoError(t, os.WriteFile(name, change(slices.Clone(original)), 0o600))
	_, _, ok := read(s, key)
	require.False(t, ok)
}

var entryName = func() string {
	dir, err := os.MkdirTemp("", "name")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, err := cache.Open(dir, cache.Options{})
	if err != nil {
		panic(err)
	}
	defer s.Close()
	if err := s.Put(cache.NewKey("a"), nil, bytes.NewReader(nil)); err != nil {
		panic(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.code"))
	return files[0]
}()

func TestDamage(t *testing.T) {
	dir := private(t)
	s := open(t, dir, cache.Options{})
	require.NoError(t, s.Put(cache.NewKey("a"), []byte("some notes"), bytes.NewReader(pattern(chunk+300))))
	original, err := os.ReadFile(entryFile(t, dir))
	require.NoError(t, err)
	size := len(original)

	// All of the head, of the tags and of the notes, and some of the code.
	interesting := func(at int) bool { return at < 200 || at > size-100 || at%997 == 0 }

	t.Run("it does not believe a file cut short", func(t *testing.T) {
		for at := range size {
			if interesting(at) {
				spoil(t, dir, s, original, func(f []byte) []byte { return f[:at] })
			}
		}
	})
	t.Run("it does not believe a file with a flipped bit", func(t *testing.T) {
		for at := range size {
			if interesting(at) {
				spoil(t, dir, s, original, func(f []byte) []byte { f[at] ^= 1 << (at % 8); return f })
			}
		}
	})
	t.Run("it does not believe a longer file", func(t *testing.T) {
		spoil(t, dir, s, original, func(f []byte) []byte { return append(f, 0) })
	})
	t.Run("it does not believe numbers that overflow", func(t *testing.T) {
		for _, at := range []int{72, 80} { // code size, notes size
			for _, v := range []byte{0x7f, 0x80, 0xff} {
				spoil(t, dir, s, original, func(f []byte) []byte { f[at+7] = v; return f })
				spoil(t, dir, s, original, func(f []byte) []byte {
					copy(f[at:], bytes.Repeat([]byte{v}, 8))
					return f
				})
			}
		}
	})
	t.Run("it does not believe swapped chunks", func(t *testing.T) {
		head := size - (chunk + 300) - 2*16 - len("some notes")
		spoil(t, dir, s, original, func(f []byte) []byte {
			first := slices.Clone(f[head : head+300])
			copy(f[head:], f[head+chunk:head+chunk+300])
			copy(f[head+chunk:], first)
			return f
		})
	})
	t.Run("it does not believe another format", func(t *testing.T) {
		spoil(t, dir, s, original, func(f []byte) []byte { copy(f, "pldgcod0"); return f })
	})
	t.Run("it believes the file that was stored", func(t *testing.T) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(entryName)), original, 0o600))
		_, _, ok := read(s, cache.NewKey("a"))
		require.True(t, ok)
	})
	t.Run("it deletes what it does not believe, and stores it anew", func(t *testing.T) {
		spoil(t, dir, s, original, func(f []byte) []byte { return f[:10] })
		require.NoFileExists(t, filepath.Join(dir, filepath.Base(entryName)))
		require.NoError(t, s.Put(cache.NewKey("a"), nil, bytes.NewReader(nil)))
		_, _, ok := read(s, cache.NewKey("a"))
		require.True(t, ok)
	})
}

func TestStrangers(t *testing.T) {
	store := func(t *testing.T, dir, key string) []byte {
		s := open(t, dir, cache.Options{})
		require.NoError(t, s.Put(cache.NewKey(key), nil, bytes.NewReader(pattern(1000))))
		b, err := os.ReadFile(entryFile(t, dir))
		require.NoError(t, err)
		return b
	}
	name := filepath.Base(entryName)

	t.Run("it does not believe the file of another entry", func(t *testing.T) {
		dir := private(t)
		other := store(t, dir, "b")
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), other, 0o600))
		require.Nil(t, open(t, dir, cache.Options{}).Get(cache.NewKey("a")))
	})
	t.Run("it does not believe who does not have the key", func(t *testing.T) {
		forged := store(t, private(t), "a")
		dir := private(t)
		s := open(t, dir, cache.Options{})
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), forged, 0o600))
		require.Nil(t, s.Get(cache.NewKey("a")))
	})
	for what, change := range map[string]func(t *testing.T, key string){
		"it does not believe entries once the key was cut short": func(t *testing.T, key string) { require.NoError(t, os.Truncate(key, 31)) },
		"it does not believe entries once the key is gone":       func(t *testing.T, key string) { require.NoError(t, os.Remove(key)) },
		"it does not believe entries once the key was open to others": func(t *testing.T, key string) {
			require.NoError(t, os.Chmod(key, 0o644))
		},
		"it does not believe entries once the key is a link": func(t *testing.T, key string) {
			require.NoError(t, os.Rename(key, key+"2"))
			require.NoError(t, os.Symlink(keyName+"2", key))
		},
		"it does not believe entries once the key is zeros": func(t *testing.T, key string) {
			require.NoError(t, os.WriteFile(key, make([]byte, 32), 0o600))
		},
	} {
		t.Run(what, func(t *testing.T) {
			dir := private(t)
			store(t, dir, "a")
			change(t, filepath.Join(dir, keyName))
			s := open(t, dir, cache.Options{})
			require.Nil(t, s.Get(cache.NewKey("a")))
			require.NoError(t, s.Put(cache.NewKey("a"), nil, bytes.NewReader(nil)))
			_, _, ok := read(open(t, dir, cache.Options{}), cache.NewKey("a"))
			require.True(t, ok, "a new key serves")
		})
	}
	for what, place := range map[string]func(path string) error{
		"it is not held up by a directory in the place of an entry": func(path string) error { return os.MkdirAll(filepath.Join(path, "x"), 0o700) },
		"it does not follow a link in the place of an entry":        func(path string) error { return os.Symlink(keyName, path) },
	} {
		t.Run(what, func(t *testing.T) {
			dir := private(t)
			s := open(t, dir, cache.Options{})
			require.NoError(t, place(filepath.Join(dir, name)))
			require.Nil(t, s.Get(cache.NewKey("a")))
			require.NoError(t, s.Put(cache.NewKey("a"), nil, bytes.NewReader(nil)))
			require.NotNil(t, s.Get(cache.NewKey("a")))
		})
	}
}

// TestHugeFile has a file that claims, and has, more than memory holds, and takes
// up no room.
func TestHugeFile(t *testing.T) {
	dir := private(t)
	s := open(t, dir, cache.Options{})
	require.NoError(t, s.Put(cache.NewKey("a"), nil, bytes.NewReader(nil)))
	name := entryFile(t, dir)
	const size, head, notes = 1 << 40, 104, 80
	if err := os.Truncate(name, size); err != nil {
		t.Logf("this file system has no sparse files of a terabyte: %v", err)
		return
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	_, err = f.WriteAt(binary.LittleEndian.AppendUint64(nil, size-head), notes)
	require.NoError(t, err)
	require.Nil(t, s.Get(cache.NewKey("a")))
	require.NoFileExists(t, name)
}

func TestChangedWhileRead(t *testing.T) {
	dir, key := private(t), cache.NewKey("a")
	s := open(t, dir, cache.Options{})
	require.NoError(t, s.Put(key, nil, bytes.NewReader(pattern(4*chunk))))
	e := s.Get(key)
	require.NotNil(t, e)
	defer e.Close()
	f, err := os.OpenFile(entryFile(t, dir), os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()

	_, err = io.ReadFull(e, make([]byte, chunk))
	require.NoError(t, err)
	_, err = f.WriteAt([]byte{0xcc}, 3*chunk)
	require.NoError(t, err)
	_, err = io.ReadFull(e, make([]byte, 3*chunk))
	var damage *cache.DamageError
	require.ErrorAs(t, err, &damage)
	require.True(t, e.Damaged())
}

func TestEviction(t *testing.T) {
	put := func(t *testing.T, s *cache.Store, key string, size int) {
		require.NoError(t, s.Put(cache.NewKey(key), nil, bytes.NewReader(make([]byte, size))))
	}
	// age makes what is stored old.
	age := func(t *testing.T, dir string, by time.Duration) {
		files, err := filepath.Glob(filepath.Join(dir, "*.code"))
		require.NoError(t, err)
		for _, f := range files {
			info, err := os.Stat(f)
			require.NoError(t, err)
			require.NoError(t, os.Chtimes(f, time.Time{}, info.ModTime().Add(-by)))
		}
	}
	for name, opts := range map[string]cache.Options{
		"it keeps the number of entries": {Entries: 2},
		"it keeps the size of entries":   {Bytes: 2800},
	} {
		t.Run(name, func(t *testing.T) {
			dir := private(t)
			s := open(t, dir, opts)
			for _, key := range []string{"a", "b"} {
				put(t, s, key, 1000)
				age(t, dir, time.Hour)
			}
			require.NotNil(t, s.Get(cache.NewKey("a")), "now b is the one not used for the longest time")
			put(t, s, "c", 1000)
			require.Nil(t, s.Get(cache.NewKey("b")))
			require.NotNil(t, s.Get(cache.NewKey("a")))
			require.NotNil(t, s.Get(cache.NewKey("c")))
		})
	}
	t.Run("it does not keep what is larger than all", func(t *testing.T) {
		dir := private(t)
		s := open(t, dir, cache.Options{Bytes: 1 << 20})
		put(t, s, "a", 1000)
		require.Error(t, s.Put(cache.NewKey("b"), nil, bytes.NewReader(make([]byte, 1<<20+1))))
		require.NotNil(t, s.Get(cache.NewKey("a")))
		require.Error(t, s.Put(cache.NewKey("b"), make([]byte, 1<<20+1), bytes.NewReader(nil)), "notes count")
		left, err := filepath.Glob(filepath.Join(dir, "*.new"))
		require.NoError(t, err)
		require.Empty(t, left)
	})
	t.Run("it clears away what was left half written, and nothing that is not its own", func(t *testing.T) {
		dir := private(t)
		s := open(t, dir, cache.Options{Entries: 1})
		old := time.Now().Add(-2 * time.Hour)
		oldTemp, newTemp := strings.Repeat("0f", 32)+".new", strings.Repeat("f0", 32)+".new"
		for _, name := range []string{oldTemp, newTemp, "mine", "0123.code", "mine.new", "key"} {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
			if name != newTemp {
				require.NoError(t, os.Chtimes(filepath.Join(dir, name), old, old))
			}
		}
		put(t, s, "a", 10)
		require.NoFileExists(t, filepath.Join(dir, oldTemp))
		for _, name := range []string{newTemp, "mine", "0123.code", "mine.new", "key", keyName} {
			require.FileExists(t, filepath.Join(dir, name))
		}
	})
}

// TestEvictionSideBySide has stores, as of several processes, fill one directory
// at once: what they leave is within the bounds, and what they put last is there.
func TestEvictionSideBySide(t *testing.T) {
	dir := private(t)
	const stores, puts, entries = 4, 60, 8
	var work sync.WaitGroup
	for n := range stores {
		s := open(t, dir, cache.Options{Entries: entries})
		work.Go(func() {
			for turn := range puts {
				key := cache.NewKey(fmt.Sprint(n, turn))
				if err := s.Put(key, nil, bytes.NewReader(pattern(100))); err != nil {
					t.Error(err)
				}
				if e := s.Get(key); e != nil {
					_ = e.Close()
				}
			}
		})
	}
	work.Wait()
	s := open(t, dir, cache.Options{Entries: entries})
	last := cache.NewKey("last")
	require.NoError(t, s.Put(last, nil, bytes.NewReader(pattern(100))))
	_, _, ok := read(s, last)
	require.True(t, ok)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Len(t, files, entries+1, "entries and the key")
}

// TestHammer has stores, as of several processes, write, read, damage and evict
// the same entries at once: what is read is always what was stored.
func TestHammer(t *testing.T) {
	dir := private(t)
	keys := []cache.Key{cache.NewKey("a"), cache.NewKey("b"), cache.NewKey("c")}
	codes := [][]byte{pattern(chunk + 1), pattern(2*chunk + 2), pattern(30)}
	var work sync.WaitGroup
	for n := range 4 {
		s := open(t, dir, cache.Options{Entries: 2})
		work.Go(func() {
			for turn := range 60 {
				which := (n + turn) % len(keys)
				switch turn % 4 {
				case 0:
					if err := s.Put(keys[which], []byte{byte(which)}, bytes.NewReader(codes[which])); err != nil {
						t.Error(err)
					}
				case 3:
					if files, _ := filepath.Glob(filepath.Join(dir, "*.code")); len(files) > 0 && n == 0 {
						if f, err := os.OpenFile(files[0], os.O_RDWR, 0); err == nil {
							_, _ = f.WriteAt([]byte{0xff, 0xff}, 200)
							_ = f.Close()
						}
					}
				default:
					if notes, code, ok := read(s, keys[which]); ok && (notes[0] != byte(which) || !bytes.Equal(code, codes[which])) {
						t.Error("what was read is not what was stored")
					}
				}
			}
		})
	}
	work.Wait()
	require.False(t, t.Failed())
}

func TestFailingSource(t *testing.T) {
	dir := private(t)
	s := open(t, dir, cache.Options{})
	broken := errors.New("broken")
	err := s.Put(cache.NewKey("a"), nil, io.MultiReader(bytes.NewReader(pattern(chunk)), failing{broken}))
	require.ErrorIs(t, err, broken)
	require.Nil(t, s.Get(cache.NewKey("a")))
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func BenchmarkRead(b *testing.B) {
	const size = 8 << 20
	s := open(b, private(b), cache.Options{})
	key := cache.NewKey("a")
	require.NoError(b, s.Put(key, nil, bytes.NewReader(pattern(size))))
	into := make([]byte, size)
	b.SetBytes(size)
	for b.Loop() {
		e := s.Get(key)
		if _, err := io.ReadFull(e, into); err != nil {
			b.Fatal(err)
		}
		e.Close()
	}
}

func BenchmarkPut(b *testing.B) {
	code := pattern(8 << 20)
	s := open(b, private(b), cache.Options{})
	b.SetBytes(int64(len(code)))
	for b.Loop() {
		if err := s.Put(cache.NewKey("a"), nil, bytes.NewReader(code)); err != nil {
			b.Fatal(err)
		}
	}
}
