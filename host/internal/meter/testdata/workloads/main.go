// Command workloads is the guest of the slowdown benchmark: seven ordinary pieces of work, each an exported function
// that runs n rounds and returns a checksum.
package main

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"io"
	"regexp"
	"sort"
)

func main() {}

type order struct {
	ID    int               `json:"id"`
	Name  string            `json:"name"`
	Price float64           `json:"price"`
	Tags  []string          `json:"tags"`
	Attrs map[string]string `json:"attrs"`
	Items []item            `json:"items"`
}

type item struct {
	SKU   string `json:"sku"`
	Count int    `json:"count"`
}

func sum(b []byte) int64 {
	h := fnv.New64a()
	h.Write(b)
	return int64(h.Sum64())
}

// rng is a small deterministic generator.
type rng uint64

func (r *rng) next() uint64 {
	*r = *r*6364136223846793005 + 1442695040888963407
	return uint64(*r) >> 11
}

//go:wasmexport w_json
func workJSON(n int32) int64 {
	var out int64
	o := order{ID: 7, Name: "a \"quoted\" name\u2028", Price: 12.5, Tags: []string{"x", "yy", "zzz"},
		Attrs: map[string]string{"colour": "red", "size": "large", "weight": "12kg"}}
	for i := range 20 {
		o.Items = append(o.Items, item{SKU: "sku-000" + string(rune('a'+i)), Count: i * 31})
	}
	for range n {
		b, err := json.Marshal(&o)
		if err != nil {
			panic(err)
		}
		var back order
		if err := json.Unmarshal(b, &back); err != nil {
			panic(err)
		}
		out = out*31 + sum(b) + int64(len(back.Items))
	}
	return out
}

//go:wasmexport w_sha256
func workSHA256(n int32) int64 {
	buf := make([]byte, 4096)
	var s [32]byte
	for i := range n {
		binary.LittleEndian.PutUint32(buf, uint32(i))
		s = sha256.Sum256(buf)
		copy(buf[8:], s[:])
	}
	return int64(binary.LittleEndian.Uint64(s[:]))
}

//go:wasmexport w_sort
func workSort(n int32) int64 {
	r := rng(42)
	var out int64
	for range n {
		v := make([]int, 2000)
		for i := range v {
			v[i] = int(r.next())
		}
		sort.Slice(v, func(i, j int) bool { return v[i] < v[j] })
		out = out*31 + int64(v[0]) + int64(v[1000])
	}
	return out
}

//go:wasmexport w_flate
func workFlate(n int32) int64 {
	r := rng(7)
	text := make([]byte, 32<<10)
	words := []string{"alpha ", "beta ", "gamma ", "delta ", "epsilon ", "zeta\n"}
	for i := 0; i < len(text); {
		i += copy(text[i:], words[r.next()%6])
	}
	var out int64
	var buf bytes.Buffer
	w, err := flate.NewWriter(nil, 6)
	if err != nil {
		panic(err)
	}
	for range n {
		buf.Reset()
		w.Reset(&buf)
		w.Write(text)
		w.Close()
		back, err := io.ReadAll(flate.NewReader(&buf))
		if err != nil {
			panic(err)
		}
		out = out*31 + sum(back[:1000]) + int64(buf.Cap())
		text[int(r.next()%uint64(len(text)))] ^= 1
	}
	return out
}

var pattern = regexp.MustCompile(`([a-z]+)@([a-z]+)\.(com|org|net)`)

//go:wasmexport w_regexp
func workRegexp(n int32) int64 {
	text := bytes.Repeat([]byte("lorem ipsum someone@example.com dolor sit amet, nobody@nowhere.org; "), 20)
	var out int64
	for range n {
		for _, m := range pattern.FindAllSubmatchIndex(text, -1) {
			out = out*31 + int64(m[2]) + int64(m[5])
		}
	}
	return out
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

//go:wasmexport w_recursion
func workRecursion(n int32) int64 {
	out := 0
	for range n {
		out += fib(22)
	}
	return int64(out)
}

//go:wasmexport w_matrix
func workMatrix(n int32) int64 {
	const size = 64
	var a, b, c [size][size]float64
	for i := range size {
		for j := range size {
			a[i][j], b[i][j] = float64(i*j%7), float64(i+j)
		}
	}
	for range n {
		for i := range size {
			for j := range size {
				s := 0.0
				for k := range size {
					s += a[i][k] * b[k][j]
				}
				c[i][j] = s
			}
		}
		a[3][5] += c[7][9] / 1e6
	}
	return int64(c[size-1][size-1])
}
