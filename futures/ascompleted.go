package futures

import (
	"context"
	"iter"
)

// AsCompleted yields each of the futures once, in the order in which they are
// done; those done already come first, in the order given. Futures that failed
// are yielded like the others.
//
// When ctx ends, those done by then are still yielded, and then, if any are
// left, a last pair of a zero F and a *[WaitError] that counts them. The time
// that the loop's body takes counts. Breaking off takes back every
// registration; no goroutine is involved.
func AsCompleted[F Any](ctx context.Context, fs ...F) iter.Seq2[F, error] {
	return func(yield func(F, error) bool) {
		once, cores := distinct(fs)
		a := listen(cores)
		defer a.leave()
		for n := range once {
			i, ok := a.next(ctx, n)
			if !ok {
				var none F
				yield(none, newWaitError(ctx, len(once)-n, len(once)))
				return
			}
			if !yield(once[i], nil) {
				return
			}
		}
	}
}
