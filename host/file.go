package host

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"

	"github.com/pledge-wasm/pledge/abi"
)

// source is a module's file, as far as it is needed: bytes is called only when
// the module has to be compiled.
type source struct {
	digest [32]byte
	bytes  func() ([]byte, error)
}

// LoadFile is Load for a file. Its name, without the directory, becomes the
// module's. What is checked against [WithPin] is what runs: with a cache
// directory a file is first hashed, and read again only when it must be compiled;
// one that is not the same by then is refused.
func (h *Host) LoadFile(ctx context.Context, path string, opts ...LoadOption) (*Module, error) {
	name := filepath.Base(path)
	f, err := os.Open(path)
	if err != nil {
		return nil, loadError(name, err)
	}
	defer f.Close()
	opts = append([]LoadOption{WithName(name)}, opts...)

	info, err := f.Stat()
	if err == nil && info.Size() > maxModule {
		return nil, tooLarge(name, info.Size())
	}
	if err == nil && info.Mode().IsRegular() && h.config.CacheDir != "" {
		digest, err := hashFile(f)
		if err != nil {
			return nil, loadError(name, err)
		}
		return h.loadSource(ctx, source{digest, func() ([]byte, error) { return readAgain(f, digest) }}, opts)
	}
	file, err := readModule(f)
	if err != nil {
		return nil, loadError(name, err)
	}
	return h.Load(ctx, file, opts...)
}

// hashFile gives the digest of a file without keeping it: to find memory for a
// few megabytes takes longer than to hash them.
func hashFile(f *os.File) (digest [32]byte, err error) {
	hash := sha256.New()
	if _, err := io.CopyBuffer(struct{ io.Writer }{hash}, struct{ io.Reader }{io.LimitReader(f, maxModule+1)}, make([]byte, 64<<10)); err != nil {
		return digest, err
	}
	hash.Sum(digest[:0])
	return digest, nil
}

// digestOf is the SHA-256 of a module. It is taken piece by piece, because the
// runtime cannot preempt it.
func digestOf(file []byte) (digest [32]byte) {
	const piece = 1 << 20
	hash := sha256.New()
	for ; len(file) > piece; file = file[piece:] {
		hash.Write(file[:piece])
	}
	hash.Write(file)
	hash.Sum(digest[:0])
	return digest
}

// readAgain reads a file whose digest is known.
func readAgain(f *os.File, digest [32]byte) ([]byte, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	file, err := readModule(f)
	if err != nil {
		return nil, err
	}
	if digestOf(file) != digest {
		return nil, &LoadError{Code: abi.CodeModuleRejected, Message: "the file changed while it was read",
			Hint: "load it again, and replace module files by renaming others into their place"}
	}
	return file, nil
}

// readModule reads a file that may be a module, and no more of it than a module
// can have.
func readModule(f *os.File) ([]byte, error) {
	// The size is a hint: it saves growing the buffer over and over.
	hint := int64(0)
	if info, err := f.Stat(); err == nil {
		hint = min(max(info.Size(), 0), maxModule)
	}
	b := bytes.NewBuffer(make([]byte, 0, hint+bytes.MinRead))
	if _, err := b.ReadFrom(io.LimitReader(f, maxModule+1)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
