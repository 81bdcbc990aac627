// Package contest says what it is to be compared: a contestant, opened on a
// guest, gives callers, and every caller can do the same work.
package contest

import (
	"context"
	"fmt"
	"time"
)

// ABI is the boundary that a contestant's guests are written against.
type ABI string

// The boundaries, each the natural one of its peer.
const (
	// ABIPledge is pledge's ABI v1, CBOR.
	ABIPledge ABI = "pledge"
	// ABIRaw is pointer and length in, pointer and length out: what people
	// write who use wazero or wasmtime directly.
	ABIRaw ABI = "raw"
	// ABIExtism is extism:host/env.
	ABIExtism ABI = "extism"
	// ABIGoPlugin is go-plugin's generated protocol buffers.
	ABIGoPlugin ABI = "goplugin"
	// ABINone is no guest at all.
	ABINone ABI = ""
)

// Setup is what a contestant is opened on.
type Setup struct {
	// Wasm is the guest, and Path a file that holds the same bytes. To a
	// contestant that reads files itself, only Path may be given.
	Wasm []byte
	Path string
	// Cores is how many tasks will be asked for at once.
	Cores int
	// CacheDir is a directory for compiled code; empty is none.
	CacheDir string
	// Timeout bounds each task, for contestants that can bound it at all.
	Timeout time.Duration
	// Memory bounds the guest's memory in bytes; 0 is what the contestant does
	// by default.
	Memory int64
	// Barrier, when set, is what a guest that asks for it waits in; only
	// pledge needs it, to have many instances at once.
	Barrier func()
}

// Contestant is one way to run a task.
type Contestant struct {
	// Name is for tables; Family groups contestants that share a colour.
	Name, Family string
	// Isolation is what a task finds: "pristine" (everything as
	// initialisation left it), "fresh" (a new instance, initialised again),
	// "reused" (what earlier tasks left) or "none".
	Isolation string
	// Stops says what ends a guest that does not return.
	Stops string
	// ABI is its boundary.
	ABI ABI
	// Apart says that tasks run on other goroutines than their callers', so
	// that it takes more callers than cores to keep the cores busy.
	Apart bool
	// Files says that it reads the guest's file itself when it has no bytes.
	Files bool
	// Open makes it ready. ctx bounds what the guest runs meanwhile, where the
	// contestant can bound it.
	Open func(ctx context.Context, s Setup) (Subject, error)
	// Typed gives the limit that an error names in a way that a program can
	// ask for, not only read; empty when there is none.
	Typed func(error) string
}

// Subject is a contestant that has a guest.
type Subject interface {
	// Caller makes a caller for one goroutine.
	Caller(ctx context.Context) (Caller, error)
	// Close ends the subject and what its callers left.
	Close()
}

// Caller asks for tasks, one after the other.
type Caller interface {
	// Echo answers what it got.
	Echo(ctx context.Context, data []byte) ([]byte, error)
	// Sum answers a+b.
	Sum(ctx context.Context, a, b int64) (int64, error)
	// Count answers how many words the page has. Small guests send the number,
	// Go guests a map of words, which is added up here.
	Count(ctx context.Context, page string) (int, error)
	// Compute runs one of the workloads; Go guests only.
	Compute(ctx context.Context, name string, rounds int32) (int64, error)
	// Close gives up what belongs to this caller.
	Close()
}

// Sum asks for a sum and looks at the answer.
func Sum(ctx context.Context, c Caller) error {
	v, err := c.Sum(ctx, 2, 40)
	if err == nil && v != 42 {
		err = fmt.Errorf("the sum is %d", v)
	}
	return err
}
