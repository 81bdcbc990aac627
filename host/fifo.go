package host

// fifo is a queue in two slices: one that is filled and one, reversed, that is
// emptied. Each element moves once, and the memory of a long queue is given
// back when it has been worked off.
type fifo[T any] struct {
	in, out []T
}

func (q *fifo[T]) empty() bool { return len(q.in) == 0 && len(q.out) == 0 }

func (q *fifo[T]) push(v T) { q.in = append(q.in, v) }

// pop takes the oldest element.
func (q *fifo[T]) pop() (T, bool) {
	var none T
	if len(q.out) == 0 {
		if len(q.in) == 0 {
			return none, false
		}
		for i, j := 0, len(q.in)-1; i < j; i, j = i+1, j-1 {
			q.in[i], q.in[j] = q.in[j], q.in[i]
		}
		q.in, q.out = q.out, q.in
		if cap(q.in) > 1024 {
			q.in = nil
		}
	}
	last := len(q.out) - 1
	v := q.out[last]
	q.out[last] = none
	q.out = q.out[:last]
	return v, true
}
