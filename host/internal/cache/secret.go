package cache

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
)

const (
	secretName = "pledge-code.key"
	secretSize = 32
)

// openSecret gives the directory's key and makes it at first use; nil when that
// cannot be done. A key that others may have seen or written is replaced: then
// no entry from before is believed any more.
func (s *Store) openSecret() []byte {
	secret, err := s.readSecret()
	switch {
	case err == nil:
		return secret
	case errors.Is(err, errSecret):
		_ = s.root.Remove(secretName)
	case !errors.Is(err, fs.ErrNotExist):
		return nil // it may be a good one, which others go by
	}
	if s.makeSecret() != nil {
		return nil
	}
	// Another process may have been first, and then it is its key that counts.
	secret, err = s.readSecret()
	if err != nil {
		return nil
	}
	return secret
}

// errSecret is what is wrong with a key file that was read. Zeros are what a
// power failure makes of a file that was just written.
var errSecret = errors.New("cache: the key file is not a private file of 32 random bytes")

func (s *Store) readSecret() ([]byte, error) {
	info, err := s.root.Lstat(secretName)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() != secretSize || checkPrivate(secretName, info) != nil {
		return nil, errSecret
	}
	f, err := s.root.Open(secretName)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	secret := make([]byte, secretSize)
	if _, err := io.ReadFull(f, secret); err != nil || bytes.Equal(secret, make([]byte, secretSize)) {
		return nil, errSecret
	}
	return secret, nil
}

// makeSecret puts a new key in place, unless one is there by then. It is written
// beside its place, so that nobody reads half of it.
func (s *Store) makeSecret() error {
	temp := newTemp()
	f, err := s.create(temp)
	if err != nil {
		return err
	}
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails
	_, err = f.Write(secret)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = s.root.Link(temp, secretName)
		if errors.Is(err, fs.ErrExist) {
			err = nil
		} else if err != nil { // a file system without links
			err = s.root.Rename(temp, secretName)
		}
	}
	_ = s.root.Remove(temp)
	return err
}
