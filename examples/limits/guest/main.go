// The guest of the limits example: a runaway, a hog, a crasher, and one task
// that works.
package main

import (
	"context"
	"runtime"

	"github.com/pledge-wasm/pledge/guest"
)

func init() {
	guest.Handle("runaway", runaway, guest.Doc("Never returns."))
	guest.Handle("hog", hog, guest.Doc("Takes all memory that it can get."))
	guest.Handle("crasher", crasher, guest.Doc("Dereferences nil."))
	guest.Handle("sum", sum, guest.Doc("Adds numbers."))
}

func runaway(context.Context, any) (any, error) {
	n := 0
	for {
		n++
		runtime.KeepAlive(n)
	}
}

func hog(context.Context, any) (any, error) {
	var all [][]byte
	for {
		all = append(all, make([]byte, 1<<20))
		runtime.KeepAlive(all)
	}
}

func crasher(context.Context, any) (any, error) {
	var p *int
	return *p, nil
}

func sum(_ context.Context, numbers []int) (int, error) {
	total := 0
	for _, n := range numbers {
		total += n
	}
	return total, nil
}

func main() {}
