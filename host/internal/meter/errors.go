package meter

import "fmt"

// Error says why a module cannot be rewritten.
type Error struct {
	// Func is the index of the function at fault, -1 if none is.
	Func int
	// Offset is the position in the file in bytes, 0 if unknown.
	Offset int
	// What is wrong, a phrase without a prefix.
	What string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Func < 0 {
		return "meter: " + e.What
	}
	return fmt.Sprintf("meter: function %d, offset 0x%x: %s", e.Func, e.Offset, e.What)
}
