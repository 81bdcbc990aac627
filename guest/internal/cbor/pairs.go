package cbor

// pair is where one key of a map and its value stand.
type pair struct{ key, value, end int }

// pairsOf is the pairs of one map in data.
type pairsOf struct {
	data []byte
	at   []pair
}

// less compares keys bytewise, equal ones by where they stand.
//
//go:noinline
func (p pairsOf) less(i, j int) bool {
	a, b := p.keyOf(i), p.keyOf(j)
	return string(a) < string(b) || string(a) == string(b) && p.at[i].key < p.at[j].key
}

// keyOf is the encoded key of a pair.
func (p pairsOf) keyOf(i int) []byte { return p.data[p.at[i].key:p.at[i].value] }

// sort puts the pairs into the order of their keys. It reports whether they
// were in that order.
func (p pairsOf) sort() (sorted bool) {
	n := len(p.at)
	i := 1
	for i < n && !p.less(i, i-1) {
		i++
	}
	if i >= n {
		return true
	}
	// Heap sort: short, and never slow whatever the keys.
	for root := n/2 - 1; root >= 0; root-- {
		p.sift(root, n)
	}
	for end := n - 1; end > 0; end-- {
		p.at[0], p.at[end] = p.at[end], p.at[0]
		p.sift(0, end)
	}
	return false
}

// sift lets the pair at root sink into its place in the heap of the first n.
func (p pairsOf) sift(root, n int) {
	for {
		child := 2*root + 1
		if child >= n {
			return
		}
		if child+1 < n && p.less(child, child+1) {
			child++
		}
		if !p.less(root, child) {
			return
		}
		p.at[root], p.at[child] = p.at[child], p.at[root]
		root = child
	}
}

// duplicate returns where the first key stands that is equal to an earlier one,
// or -1. The pairs are sorted.
func (p pairsOf) duplicate() int {
	first := -1
	for i := 1; i < len(p.at); i++ {
		if at := p.at[i].key; string(p.keyOf(i-1)) == string(p.keyOf(i)) && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

// sortPairs puts the pairs that were written from start on, and noted in
// e.pairs[from:], into the bytewise order of their keys.
func (e *encoder) sortPairs(from, start int) error {
	pairs := pairsOf{e.buf, e.pairs[from:]}
	if !pairs.sort() {
		e.moved = append(e.moved[:0], e.buf[start:]...)
		to := start
		for i, p := range pairs.at {
			n := copy(e.buf[to:], e.moved[p.key-start:p.end-start])
			pairs.at[i] = pair{to, to + p.value - p.key, to + n}
			to += n
		}
	}
	if pairs.duplicate() >= 0 {
		return mismatch("", "a map with two keys that are the same in CBOR")
	}
	e.pairs = e.pairs[:from]
	return nil
}
