// Command churn is a guest that uses as much of the Go runtime as a task can,
// and that remembers all it can, so that the next task might find it.
package main

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/pledge-wasm/pledge/guest"
)

func main() {}

func init() {
	guest.Handle("goroutines", goroutines)
	guest.Handle("maps", mapOrder)
	guest.Handle("time", clocks)
	guest.Handle("rand", randomness)
	guest.Handle("gc", collect)
	guest.Handle("heap", heap)
	guest.Handle("sort", sorting)
	guest.Handle("recurse", func(_ context.Context, n int) (int, error) { return depth(n), nil })
	guest.Handle("panic", func(_ context.Context, text string) (any, error) { panic(text) })
	guest.Handle("nil", func(context.Context, any) (int, error) { return *nowhere, nil })
	guest.Handle("exit", func(_ context.Context, code int) (any, error) { os.Exit(code); return nil, nil })
	guest.Handle("fail", func(_ context.Context, text string) (any, error) { return nil, errors.New(text) })
	guest.Handle("print", prints)
	guest.Handle("remember", remember)
	guest.Handle("recall", recall)
	guest.Handle("ask", ask)
	guest.Handle("noop", func(_ context.Context, n int) (int, error) { return n, nil })
}

// goroutines tells in which order n goroutines came to their end.
func goroutines(_ context.Context, n int) ([]int, error) {
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		order []int
		gate  = make(chan struct{})
	)
	for i := range n {
		wait.Go(func() {
			<-gate
			if i%3 == 0 {
				time.Sleep(time.Duration(n-i) * time.Millisecond)
			}
			for range i % 7 {
				runtime.Gosched()
			}
			mu.Lock()
			order = append(order, i)
			mu.Unlock()
		})
	}
	close(gate)
	wait.Wait()
	return order, nil
}

// mapOrder tells in which order a map is walked, twice.
func mapOrder(_ context.Context, n int) ([]int, error) {
	m := map[int]int{}
	for i := range n {
		m[i*i] = i
	}
	var order []int
	for range 2 {
		for k := range m {
			order = append(order, k)
		}
	}
	return order, nil
}

func clocks(_ context.Context, n int) ([]int64, error) {
	start := time.Now()
	fired := make(chan int64, n)
	for i := range n {
		time.AfterFunc(time.Duration(n-i)*time.Second, func() { fired <- time.Now().UnixNano() })
	}
	out := []int64{start.UnixNano()}
	for range n {
		out = append(out, <-fired)
	}
	time.Sleep(time.Hour)
	return append(out, int64(time.Since(start))), nil
}

func randomness(_ context.Context, n int) ([]uint64, error) {
	var out []uint64
	b := make([]byte, 8)
	for range n {
		crand.Read(b)
		out = append(out, rand.Uint64(), uint64(b[0])<<8|uint64(b[7]))
	}
	return out, nil
}

type node struct {
	next *node
	data [100]byte
}

// collect makes n kilobytes of garbage, collects it and tells how that went.
func collect(_ context.Context, n int) (map[string]uint64, error) {
	var keep *node
	cleaned := make(chan int, 64)
	for i := range n * 10 {
		keep = &node{next: keep}
		if i%100 == 0 {
			keep = nil
			runtime.AddCleanup(&node{}, func(i int) {
				select {
				case cleaned <- i:
				default:
				}
			}, i)
		}
	}
	runtime.GC()
	runtime.Gosched()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	runtime.KeepAlive(keep)
	return map[string]uint64{
		"mallocs": s.Mallocs, "frees": s.Frees, "heap": s.HeapAlloc, "sys": s.Sys,
		"gc": uint64(s.NumGC), "cleaned": uint64(len(cleaned)),
	}, nil
}

// heap holds n megabytes at once, so that the memory must grow.
func heap(_ context.Context, n int) (int, error) {
	var all [][]byte
	for i := range n {
		b := make([]byte, 1<<20)
		b[i] = byte(i)
		all = append(all, b)
	}
	sum := 0
	for i, b := range all {
		sum += int(b[i])
	}
	return sum, nil
}

func sorting(_ context.Context, n int) (uint64, error) {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	s := make([]uint64, n)
	for i := range s {
		s[i] = r.Uint64()
	}
	slices.Sort(s)
	return s[n/2], nil
}

// depth needs a stack of n frames, which Go keeps on its heap.
func depth(n int) int {
	var pad [64]byte
	if n == 0 {
		return 0
	}
	pad[n%64] = 1
	return depth(n-1) + int(pad[n%64])
}

var nowhere *int

func prints(ctx context.Context, text string) (any, error) {
	fmt.Print(text, " without an end")
	fmt.Fprintln(os.Stderr, text)
	log.Print(text)
	guest.Log(ctx, guest.LevelDebug, text)
	return nil, nil
}

// What remember leaves behind.
var (
	kept   []string
	byName = map[string]int{}
	once   sync.Once
	first  string
	pool   sync.Pool
	stuck  = make(chan struct{})
)

// remember leaves a trace wherever a Go program can leave one.
func remember(_ context.Context, text string) ([]string, error) {
	before, _ := recall(nil, nil)
	kept = append(kept, text)
	byName[text]++
	once.Do(func() { first = text })
	pool.Put(&text)
	os.Setenv("REMEMBER", text)
	os.Args = append(os.Args, text)
	go func() { <-stuck }()
	time.AfterFunc(time.Minute, func() { kept = append(kept, "late "+text) })
	debug.SetGCPercent(50 + len(text))
	log.SetPrefix(text)
	fmt.Print(text)
	os.Stdout.Close()
	return before, nil
}

// recall looks for what remember left, and at what else may differ between a
// program that has run tasks and one that has not.
func recall(context.Context, any) ([]string, error) {
	pooled, _ := pool.Get().(*string)
	if pooled == nil {
		pooled = new(string)
	}
	percent := debug.SetGCPercent(100)
	_, closed := fmt.Fprint(os.Stdout, "is it open?")
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return []string{
		fmt.Sprint(kept, byName, first, *pooled, os.Getenv("REMEMBER"), os.Args, log.Prefix()),
		fmt.Sprint(runtime.NumGoroutine(), percent, closed, len(stuck)),
		fmt.Sprint(s.Mallocs, s.Frees, s.HeapAlloc, s.HeapSys, s.NumGC, s.PauseTotalNs),
		fmt.Sprint(uintptr(unsafe.Pointer(new([300]byte)))),
		time.Now().String(),
		strings.Repeat("x", int(rand.Uint32N(20))),
	}, nil
}

// ask calls the host from n goroutines at once.
func ask(ctx context.Context, n int) ([]string, error) {
	answers := make([]string, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			a, err := guest.Call[int](ctx, "double", i)
			answers[i] = fmt.Sprint(a, err)
		})
	}
	wait.Wait()
	return answers, nil
}
