// The guest that the tests boot: it shows what a Go program sees of its world.
package main

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"math/rand/v2"
	"os"
	"sync"
	"time"
)

func main() {}

var started = time.Now()

//go:wasmexport run
func run() int32 {
	fmt.Println("started", started.UTC().Format(time.RFC3339Nano))
	fmt.Println("args", len(os.Args), os.Args)
	fmt.Println("environ", os.Environ(), os.Getenv("HOME"))

	began := time.Now()
	time.Sleep(time.Hour)
	hour := time.Since(began)
	fmt.Println("slept an hour:", hour >= time.Hour && hour < time.Hour+time.Second)

	timeout := time.After(24 * time.Hour)
	tick := time.NewTicker(10 * time.Hour)
	ticks := 0
	for waiting := true; waiting; {
		select {
		case <-tick.C:
			ticks++
		case <-timeout:
			waiting = false
		}
	}
	tick.Stop()
	fmt.Println("ticks", ticks)

	var group sync.WaitGroup
	results := make(chan int, 100)
	for i := range 100 {
		group.Go(func() {
			time.Sleep(time.Duration(100-i) * time.Millisecond)
			results <- i
		})
	}
	group.Wait()
	close(results)
	for i := range results {
		fmt.Print(i, " ")
	}
	fmt.Println()

	words := map[string]int{}
	for i := range 20 {
		words[fmt.Sprint("w", i)] = i
	}
	for w := range words {
		fmt.Print(w, " ")
	}
	fmt.Println()
	fmt.Println("random", rand.Uint64(), rand.IntN(1000))
	fmt.Println("hash", maphash.String(maphash.MakeSeed(), "x"))

	_, err := os.ReadFile("/etc/passwd")
	fmt.Println("read:", err, errors.Is(err, fs.ErrNotExist))
	err = os.WriteFile("x", nil, 0o600)
	fmt.Println("write:", err)
	entries, err := os.ReadDir("/")
	fmt.Println("directory:", entries, err)
	n, err := os.Stdin.Read(make([]byte, 10))
	fmt.Println("stdin:", n, err)
	fmt.Fprintln(os.Stderr, "to stderr \x1b[31mred")
	fmt.Print("no newline")
	fmt.Println("\nnow", time.Now().UTC().Format(time.RFC3339Nano))
	fmt.Print("unfinished")
	return 7
}

//go:wasmexport exit
func exit(code int32) { os.Exit(int(code)) }

//go:wasmexport crash
func crash() { panic("as asked") }
