package abi

// pieces is a list that may grow to millions of elements without ever asking for,
// clearing or copying more than a piece of memory in one go. Memory that the
// system has yet to find takes ten microseconds a page on some machines, and
// nobody can break off the work, or even collect garbage, meanwhile.
type pieces[T any] struct {
	list  [][]T // all but the last are full
	spare []T   // an empty piece that was in use before
	n     int
}

const (
	pieceBits = 12
	pieceLen  = 1 << pieceBits
	pieceMask = pieceLen - 1
)

// at is element i.
func (p *pieces[T]) at(i int) *T { return &p.list[i>>pieceBits][i&pieceMask] }

func (p *pieces[T]) push(v T) {
	at := p.n >> pieceBits
	if at == len(p.list) {
		var piece []T // the first one grows as it must
		if at > 0 {
			if piece, p.spare = p.spare, nil; piece == nil {
				piece = make([]T, 0, pieceLen)
			}
		}
		p.list = append(p.list, piece)
	}
	p.list[at] = append(p.list[at], v)
	p.n++
}

// cut leaves the first n.
func (p *pieces[T]) cut(n int) {
	p.n = n
	keep := (n + pieceMask) >> pieceBits
	if keep < len(p.list) && keep > 0 {
		p.spare = p.list[keep][:0]
	}
	p.list = p.list[:min(max(keep, 1), len(p.list))]
	if len(p.list) > 0 {
		last := len(p.list) - 1
		p.list[last] = p.list[last][:n-last<<pieceBits]
	}
}
