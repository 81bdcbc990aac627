package cache

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"
)

// The defaults of [Options].
const (
	DefaultBytes   = 1 << 30
	DefaultEntries = 4096
)

// Options bound a store. Each process that stores may go over the bounds by a
// sixteenth before it looks again.
type Options struct {
	// Bytes is how much all entries together may have. 0 means DefaultBytes.
	Bytes int64
	// Entries is how many there may be. 0 means DefaultEntries.
	Entries int
	// Ready, if not nil, is called with memory that is about to be written whole.
	Ready func([]byte)
}

// Store is a directory of entries. Safe for concurrent use, also by several
// processes.
type Store struct {
	root   *os.Root
	opts   Options
	secret []byte // nil: the directory is read only and has no key
	create func(name string) (file, error)

	mu sync.Mutex
	// What this store has written since it last evicted.
	puts, wrote int64 // guarded by mu
	looked      bool  // whether it has evicted ever; guarded by mu
}

// file is a new file that is being written.
type file interface {
	io.Writer
	io.WriterAt
	io.Closer
}

// Open makes the directory when it is not there and checks that nobody else has
// access to it. The error is a *[DirError]. A directory that cannot be written is
// read only to the store, and not an error.
func Open(dir string, opts Options) (*Store, error) { return openStore(dir, opts, nil) }

func openStore(dir string, opts Options, create func(name string) (file, error)) (*Store, error) {
	if opts.Bytes <= 0 {
		opts.Bytes = DefaultBytes
	}
	if opts.Entries <= 0 {
		opts.Entries = DefaultEntries
	}
	root, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{root: root, opts: opts, create: create}
	if create == nil {
		s.create = func(name string) (file, error) {
			return root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		}
	}
	s.secret = s.openSecret()
	return s, nil
}

// openDir opens a private directory. What it checks is what it gives out,
// whatever is put at its name meanwhile.
func openDir(dir string) (*os.Root, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &DirError{dir, "cannot be made", "choose a directory that you can write", err}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &DirError{dir, "cannot be opened", "give its owner all rights (mode 0700), or choose another", err}
	}
	info, err := root.Stat(".")
	if err == nil {
		err = checkPrivate(dir, info)
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return root, nil
}

// Close releases the directory. Entries that are open stay so.
func (s *Store) Close() error { return s.root.Close() }

// Get opens an entry, nil when there is none. One that is not what was stored is
// deleted.
func (s *Store) Get(key Key) *Entry {
	if s.secret == nil {
		return nil
	}
	name := key.file()
	info, err := s.root.Lstat(name)
	if err != nil {
		return nil
	}
	if !info.Mode().IsRegular() {
		s.Remove(key)
		return nil
	}
	f, err := s.root.Open(name)
	if err != nil {
		return nil
	}
	if info, err = f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil
	}
	e, ok := (*Entry)(nil), false
	if info.Size() <= s.largest() {
		e, ok = open(f, info.Size(), s.secret, key, s.opts.Ready)
	}
	if !ok {
		f.Close()
		s.Remove(key)
		return nil
	}
	e.close = f.Close
	s.touch(name, info)
	return e
}

// largest bounds the file of an entry. What is larger was not stored, whatever
// it says of itself; a file may claim any size without taking up room.
func (s *Store) largest() int64 {
	return int64(headSize) + s.opts.Bytes + (s.opts.Bytes/chunkSize+1)*tagSize
}

// touchAfter is how exact the order of use is that eviction goes by.
const touchAfter = time.Minute

// touch notes that an entry was used.
func (s *Store) touch(name string, info fs.FileInfo) {
	if now := time.Now(); now.Sub(info.ModTime()).Abs() > touchAfter {
		_ = s.root.Chtimes(name, now, now)
	}
}

// Remove deletes an entry; one that is not there is as good.
func (s *Store) Remove(key Key) { _ = s.root.RemoveAll(key.file()) }

// ErrNoKey says that nothing can be stored because the directory's key can
// neither be read nor made.
var ErrNoKey = errors.New("cache: the directory has no key and cannot be written")

// Put stores code and notes under a key, in place of what was there, and then
// evicts entries that were not used for long when there are too many. The error
// says that nothing was stored, and why; the directory is as it was.
func (s *Store) Put(key Key, notes []byte, code io.Reader) error {
	if s.secret == nil {
		return ErrNoKey
	}
	temp := newTemp()
	f, err := s.create(temp)
	if err != nil {
		return fmt.Errorf("cache: store: %w", err)
	}
	h := head{key: key}
	_, _ = rand.Read(h.salt[:]) // never fails
	written, err := s.write(f, h, notes, code)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = s.root.Rename(temp, key.file())
	}
	if err != nil {
		_ = s.root.Remove(temp)
		return fmt.Errorf("cache: store: %w", err)
	}
	if s.due(written) {
		s.evict()
	}
	return nil
}

// due counts an entry in and tells whether it is time to evict.
func (s *Store) due(size int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.puts, s.wrote = s.puts+1, s.wrote+size
	if s.looked && s.puts < int64(s.opts.Entries/16) && s.wrote < s.opts.Bytes/16 {
		return false
	}
	s.puts, s.wrote, s.looked = 0, 0, true
	return true
}

// write writes an entry, its head last, and gives its size. The head has its key
// and its salt.
func (s *Store) write(f file, h head, notes []byte, code io.Reader) (int64, error) {
	h.notes = uint64(len(notes))
	m, err := newMAC(s.secret, h.key, h.salt[:])
	if err != nil {
		return 0, err
	}
	if _, err := f.Write(make([]byte, headSize)); err != nil {
		return 0, err
	}
	var tags []byte
	buffer := make([]byte, chunkSize)
	for index := uint32(0); ; index++ {
		n, err := io.ReadFull(code, buffer)
		if n > 0 {
			tags = m.append(tags, index, buffer[:n])
			if _, err := f.Write(buffer[:n]); err != nil {
				return 0, err
			}
			h.code += uint64(n)
		}
		if h.code+h.notes > uint64(s.opts.Bytes) {
			return 0, fmt.Errorf("the entry is larger than the limit of %d bytes for all", s.opts.Bytes)
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	if _, err := f.Write(append(tags, notes...)); err != nil {
		return 0, err
	}
	first := h.append(nil)
	covered := append(append(first[:len(first):len(first)], tags...), notes...)
	_, err = f.WriteAt(m.append(first, headTag, covered), 0)
	return int64(headSize) + int64(h.code) + int64(len(tags)+len(notes)), err
}
