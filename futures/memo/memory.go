package memo

import (
	"container/list"
	"errors"
	"fmt"
	"sync"

	"github.com/pledge-wasm/pledge/abi"
)

// ErrTooLarge is why an entry was not kept: it would fill too much of the store.
var ErrTooLarge = errors.New("entry too large")

// Memory is a [Store] in memory that forgets what has not been used for the
// longest time when it is full. The zero value is ready to use and holds 64 MiB
// and 100,000 entries.
type Memory struct {
	// Bytes bounds the results and failures kept, together, each counted with
	// some hundred bytes more. 0 means 64 MiB. An entry may take a quarter. It
	// must not change after first use.
	Bytes int
	// Entries bounds how many are kept. 0 means 100,000. It must not change
	// after first use.
	Entries int

	mu    sync.Mutex
	used  int                   // guarded by mu
	items map[Key]*list.Element // guarded by mu
	order list.List             // of *kept, the latest used first; guarded by mu
}

type kept struct {
	key   Key
	entry Entry
	size  int
}

const overhead = 256

func sizeOf(e Entry) int {
	n := overhead + len(e.Value)
	if f := e.Failure; f != nil {
		n += 1024 + len(f.Error())
		var guest *abi.GuestError
		if errors.As(f, &guest) {
			n += len(guest.Data)
		}
	}
	return n
}

func (m *Memory) limits() (bytes, entries int) {
	bytes, entries = m.Bytes, m.Entries
	if bytes == 0 {
		bytes = 64 << 20
	}
	if entries == 0 {
		entries = 100_000
	}
	return bytes, entries
}

// Get implements [Store]. It never fails.
func (m *Memory) Get(k Key) (Entry, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.items[k]
	if !ok {
		return Entry{}, false, nil
	}
	m.order.MoveToFront(e)
	return e.Value.(*kept).entry, true, nil
}

// Put implements [Store]. The error is [ErrTooLarge]; an earlier entry of the key
// is forgotten even then.
func (m *Memory) Put(k Key, e Entry) error {
	item := &kept{k, e, sizeOf(e)}
	bytes, entries := m.limits()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(k)
	if item.size > bytes/4 {
		return fmt.Errorf("memo: %w: %d bytes in a store of %d", ErrTooLarge, item.size, bytes)
	}
	if m.items == nil {
		m.items = make(map[Key]*list.Element)
	}
	m.items[k] = m.order.PushFront(item)
	m.used += item.size
	for m.used > bytes || len(m.items) > entries {
		m.drop(m.order.Back().Value.(*kept).key)
	}
	return nil
}

// Delete implements [Store]. It never fails.
func (m *Memory) Delete(k Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(k)
	return nil
}

// Len returns how many entries there are and the bytes they count for.
func (m *Memory) Len() (entries, bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.items), m.used
}

// drop forgets an entry. mu must be held.
func (m *Memory) drop(k Key) {
	e, ok := m.items[k]
	if !ok {
		return
	}
	delete(m.items, k)
	m.order.Remove(e)
	m.used -= e.Value.(*kept).size
}
