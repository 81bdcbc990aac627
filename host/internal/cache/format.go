package cache

import (
	"encoding/binary"
	"io"
	"runtime"
	"sync"
)

// A file is a head, the code, the tags of its chunks, and the notes:
//
//	magic 8 | key 32 | salt 32 | code size 8 | notes size 8 | tag 16
//
// All numbers are little endian. The tag covers the head before it, the tags of
// the chunks and the notes.
const (
	magic    = "pldgcod1"
	headSize = len(magic) + len(Key{}) + saltSize + 8 + 8 + tagSize
	headBody = headSize - tagSize
)

type head struct {
	key         Key
	salt        [saltSize]byte
	code, notes uint64
}

func (h *head) chunks() uint64 { return (h.code + chunkSize - 1) / chunkSize }

func (h *head) append(dst []byte) []byte {
	dst = append(dst, magic...)
	dst = append(dst, h.key[:]...)
	dst = append(dst, h.salt[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, h.code)
	return binary.LittleEndian.AppendUint64(dst, h.notes)
}

// parseHead reads a head whose numbers agree with the size of the file.
func parseHead(b []byte, size int64) (h head, ok bool) {
	if len(b) < headSize || size < int64(headSize) || string(b[:len(magic)]) != magic {
		return head{}, false
	}
	b = b[len(magic):]
	b = b[copy(h.key[:], b):]
	b = b[copy(h.salt[:], b):]
	h.code, h.notes = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	rest := uint64(size) - uint64(headSize)
	if h.code > rest || h.notes > rest-h.code {
		return head{}, false
	}
	return h, rest-h.code-h.notes == h.chunks()*tagSize
}

// Entry is a stored file whose notes were verified and whose code is verified as
// it is read. It has one owner, who closes it.
type Entry struct {
	file  io.ReaderAt
	close func() error
	mac   mac
	head  head
	tags  []byte
	notes []byte

	at      uint64 // how much code was read from the file
	pending []byte // verified and not given out
	buffer  []byte
	damaged bool
}

// open reads and verifies everything but the code. It allocates no more than
// the file has. ok is false when the file is not what was stored under the key.
func open(file io.ReaderAt, size int64, secret []byte, key Key, ready func([]byte)) (e *Entry, ok bool) {
	var raw [headSize]byte
	if _, err := file.ReadAt(raw[:], 0); err != nil && err != io.EOF {
		return nil, false
	}
	h, ok := parseHead(raw[:], size)
	if !ok || h.key != key {
		return nil, false
	}
	m, err := newMAC(secret, h.key, h.salt[:])
	if err != nil {
		return nil, false
	}
	tags := int(h.chunks()) * tagSize
	covered := make([]byte, headBody+tags+int(h.notes))
	if ready != nil {
		ready(covered)
	}
	copy(covered, raw[:headBody])
	if n, err := file.ReadAt(covered[headBody:], int64(headSize)+int64(h.code)); n < len(covered)-headBody && err != nil {
		return nil, false
	}
	if !m.verify(headTag, covered, raw[headBody:]) {
		return nil, false
	}
	return &Entry{
		file: file, mac: m, head: h, tags: covered[headBody : headBody+tags], notes: covered[headBody+tags:],
		close: func() error { return nil },
	}, true
}

// Notes is what was stored beside the code. It stays valid after Close.
func (e *Entry) Notes() []byte { return e.notes }

// Damaged reports whether reading came upon code that is not what was stored.
func (e *Entry) Damaged() bool { return e.damaged }

// Close gives the file back.
func (e *Entry) Close() error { return e.close() }

// Read reads code. Bytes are verified after they were read and before Read
// returns; when they are not what was stored, Read gives an error, and what is in
// p must not be used. Chunks that fit go straight into p, so that code is copied once.
func (e *Entry) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if n := copy(p, e.pending); n > 0 {
		e.pending = e.pending[n:]
		if n == len(p) {
			return n, nil
		}
		more, err := e.Read(p[n:])
		if err == io.EOF {
			err = nil
		}
		return n + more, err
	}
	left := e.head.code - e.at
	if left == 0 {
		return 0, io.EOF
	}
	direct := uint64(len(p)) / chunkSize * chunkSize
	if uint64(len(p)) >= left {
		direct = left
	}
	if direct > 0 {
		if err := e.fill(p[:direct]); err != nil {
			return 0, err
		}
		return e.rest(p, int(direct))
	}
	if e.buffer == nil {
		e.buffer = make([]byte, min(chunkSize, left))
	}
	piece := e.buffer[:min(chunkSize, left)]
	if err := e.fill(piece); err != nil {
		return 0, err
	}
	n := copy(p, piece)
	e.pending = piece[n:]
	return n, nil
}

// rest goes on after n bytes of p.
func (e *Entry) rest(p []byte, n int) (int, error) {
	if n == len(p) || e.at == e.head.code {
		return n, nil
	}
	more, err := e.Read(p[n:])
	return n + more, err
}

// parallelSize is how much code is worth a goroutine of its own.
const parallelSize = 2 << 20

// fill reads whole chunks and verifies them, pieces of them side by side.
func (e *Entry) fill(p []byte) error {
	workers := min(runtime.GOMAXPROCS(0), 4, 1+len(p)/parallelSize)
	piece := (len(p)/workers + chunkSize - 1) / chunkSize * chunkSize
	var wg sync.WaitGroup
	errs := make([]error, workers)
	for n := range workers - 1 {
		part, at := p[:piece], e.at
		p, e.at = p[piece:], e.at+uint64(piece)
		wg.Go(func() { errs[n] = e.fillAt(part, at) })
	}
	errs[workers-1] = e.fillAt(p, e.at)
	e.at += uint64(len(p))
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			e.damaged = true
			return err
		}
	}
	return nil
}

// fillAt reads chunks from an offset of the code and verifies them where they
// lie. When one is not what was stored, nothing is left in p.
func (e *Entry) fillAt(p []byte, at uint64) error {
	n, err := e.file.ReadAt(p, int64(headSize)+int64(at))
	if n < len(p) {
		clear(p)
		return &DamageError{Key: e.head.key, Err: err}
	}
	for rest := p; len(rest) > 0; {
		piece := rest[:min(chunkSize, len(rest))]
		index := at / chunkSize
		if !e.mac.verify(uint32(index), piece, e.tags[index*tagSize:][:tagSize]) {
			clear(p)
			return &DamageError{Key: e.head.key}
		}
		at += uint64(len(piece))
		rest = rest[len(piece):]
	}
	return nil
}
