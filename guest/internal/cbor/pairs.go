package cbor

import "sort"

// pair is where one key of a map and its value stand.
type pair struct{ key, value, end int }

// pairsOf is the pairs of one map in data.
type pairsOf struct {
	data []byte
	at   []pair
}

func (p pairsOf) key(i int) string { return string(p.data[p.at[i].key:p.at[i].value]) }
func (p pairsOf) Len() int         { return len(p.at) }
func (p pairsOf) Swap(i, j int)    { p.at[i], p.at[j] = p.at[j], p.at[i] }
func (p pairsOf) Less(i, j int) bool {
	a, b := p.at[i], p.at[j]
	return string(p.data[a.key:a.value]) < string(p.data[b.key:b.value])
}

// sort puts the pairs into the bytewise order of their keys. It reports whether
// they were in that order.
func (p pairsOf) sort() (sorted bool) {
	for i := 1; i < len(p.at); i++ {
		if p.Less(i, i-1) {
			sort.Sort(p)
			return false
		}
	}
	return true
}

// duplicate returns the second of two equal keys, or nil. The pairs are sorted.
func (p pairsOf) duplicate() *pair {
	for i := 1; i < len(p.at); i++ {
		if !p.Less(i-1, i) {
			return &p.at[i]
		}
	}
	return nil
}
