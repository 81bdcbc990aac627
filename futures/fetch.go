package futures

import (
	"iter"
	"reflect"
)

// The futures of a map lie all over the memory in the order in which a map is
// walked. A walk that waits for each of them to come from memory in turn spends
// most of its time waiting. So it looks at the states of some futures first, which
// lets the processor fetch them side by side, and then goes through those.

// fetchedAtOnce is how many futures are fetched side by side. They must be in the
// nearest cache still when the walk comes to them.
const fetchedAtOnce = 32

// fetch looks at a future's state if x is one.
func fetch(x any) {
	if f, ok := x.(Any); ok && !absent(f) {
		f.State()
	}
}

// fetchElements looks at the futures among the elements of a slice.
func fetchElements(xs reflect.Value) {
	switch xs.Type().Elem().Kind() {
	case reflect.Pointer, reflect.Interface: // others would have to be copied to look into
		for i := range xs.Len() {
			fetch(xs.Index(i).Interface())
		}
	}
}

// fetchedEntries yields the same entries, some at a time, with their futures
// fetched.
func fetchedEntries(entries iter.Seq2[string, any]) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		var keys [fetchedAtOnce]string
		var values [fetchedAtOnce]any
		n := 0
		flush := func() bool {
			for _, x := range values[:n] {
				fetch(x)
			}
			for i := range n {
				if !yield(keys[i], values[i]) {
					return false
				}
			}
			n = 0
			return true
		}
		for k, x := range entries {
			keys[n], values[n] = k, x
			if n++; n == len(keys) && !flush() {
				return
			}
		}
		flush()
	}
}
