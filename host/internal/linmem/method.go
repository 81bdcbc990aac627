package linmem

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
)

// Method is a way to find and put back the pages that a task has written. The
// package comment lists them.
type Method uint8

// The methods, best first. The zero value stands for the best that works here.
const (
	MethodAuto Method = iota
	MethodScan
	MethodPagemap
	MethodMadvise
	MethodCopy
)

var methodNames = [...]string{"auto", "scan", "pagemap", "madvise", "copy"}

// String returns the lower-case name of the method.
func (m Method) String() string {
	if int(m) < len(methodNames) {
		return methodNames[m]
	}
	return fmt.Sprintf("method(%d)", uint8(m))
}

// Methods returns the methods that work on this machine, best first. It always
// ends with [MethodCopy]. They were tried, not looked up: a kernel that has the
// call but forbids it counts as one that lacks it.
func Methods() []Method { return slices.Clone(native().methods) }

// Best returns the method that [MethodAuto] stands for, small memories excepted:
// where comparing all of a memory takes less time than asking the kernel, that is
// what auto does. How small that is was measured when the process began.
func Best() Method { return native().methods[0] }

// platform is a system together with the methods that work on it.
type platform struct {
	system
	methods []Method
	tiny    int // memories of so many bytes are compared as a whole
}

// listMax is the most bytes for which reading an entry for each page, 6 ns a page,
// costs less than the faults that follow when everything is given back.
const listMax = 64 << 20

// choose returns what auto stands for when the image has so many bytes.
func (p *platform) choose(bytes int) Method {
	best := p.methods[0]
	switch {
	case bytes <= p.tiny:
		return MethodCopy
	case best == MethodPagemap && bytes > listMax:
		return MethodMadvise
	}
	return best
}

// native is the machine that the process runs on, tried once.
var native = sync.OnceValue(func() *platform { return try(newSystem()) })

// try finds out which methods work on sys.
func try(sys system) *platform {
	p := &platform{system: sys}
	for m := MethodScan; m < MethodCopy; m++ {
		if m.needs(&sys) && works(&sys, m) {
			p.methods = append(p.methods, m)
		}
	}
	p.methods = append(p.methods, MethodCopy)
	p.tiny = p.breakEven()
	return p
}

// needs reports whether sys has what the method is built on.
func (m Method) needs(sys *system) bool {
	switch m {
	case MethodScan:
		return sys.reserve != nil && sys.scan != nil && sys.discard != nil
	case MethodPagemap:
		return sys.reserve != nil && sys.entries != nil && sys.discard != nil
	case MethodMadvise:
		return sys.reserve != nil && sys.discard != nil
	}
	return m == MethodCopy
}

// works puts a memory of two stored pages and two of zeros through one task that
// reads one and writes one of each, and reports whether the method, without
// falling back, restores it.
func works(sys *system, method Method) bool {
	p := &platform{system: *sys, methods: []Method{method}}
	want := make([]byte, 4*pageSize)
	want[0], want[pageSize] = 1, 2
	img, err := capture(p, want, nil)
	if err != nil {
		return false
	}
	defer img.Close()
	m, err := reserve(p, Config{Max: uint64(len(want)), Image: img, Method: method})
	if err != nil {
		return false
	}
	defer m.Free()
	for range 2 {
		b := m.Bytes()
		b[pageSize+1], b[3*pageSize] = b[1]+3, b[2*pageSize]+4
		n, err := m.put(method)
		if err != nil || n < 2 || !bytes.Equal(b, want) {
			return false
		}
	}
	return true
}
