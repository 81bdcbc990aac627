package abi

// stopper lets work that may take long be broken off, by a panic with stopped:
// there is no other way out of sorting.
type stopper struct {
	stop func() bool // nil: never
	left int         // steps until it is asked
}

type stopped struct{}

// stopSteps is how many steps, of some tens of nanoseconds, are made between two
// questions.
const stopSteps = 1 << 9

func (w *stopper) step() {
	if w.left > 0 {
		w.left--
		return
	}
	w.ask()
}

func (w *stopper) ask() {
	w.left = stopSteps
	if w.stop != nil && w.stop() {
		panic(stopped{})
	}
}
