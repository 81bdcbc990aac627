// Package workload is the seven pieces of real work for which the speed of the guest itself counts.
package workload

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"regexp"
	"sort"
)

// Workload is a piece of real work, for a guest's own speed.
type Workload struct {
	Name string
	// Rounds take some milliseconds.
	Rounds int32
	run    func(rounds int) int64
}

// Workloads are the seven.
var Workloads = []Workload{
	{"json", 24, jsonRounds},
	{"sha256", 60, sha256Rounds},
	{"sort", 6, sortRounds},
	{"flate", 1, flateRounds},
	{"regexp", 10, regexpRounds},
	{"recursion", 20, recursionRounds},
	{"matrix", 8, matrixRounds},
}

// Compute runs so many rounds of a workload and gives a checksum.
func Compute(name string, rounds int32) (int64, error) {
	for _, w := range Workloads {
		if w.Name == name {
			return w.run(int(rounds)), nil
		}
	}
	return 0, fmt.Errorf("workload: there is no %q", name)
}

func checksum(b []byte) int64 {
	h := fnv.New64a()
	h.Write(b)
	return int64(h.Sum64())
}

// stream is a small deterministic generator.
type stream uint64

func (s *stream) next() uint64 {
	*s = *s*6364136223846793005 + 1442695040888963407
	return uint64(*s) >> 11
}

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

func jsonRounds(n int) int64 {
	o := order{ID: 7, Name: "a \"quoted\" name\u2028", Price: 12.5, Tags: []string{"x", "yy", "zzz"},
		Attrs: map[string]string{"colour": "red", "size": "large", "weight": "12kg"}}
	for i := range 20 {
		o.Items = append(o.Items, item{SKU: fmt.Sprintf("sku-%04d", i), Count: i * 31})
	}
	var out int64
	for range n {
		b, err := json.Marshal(&o)
		if err != nil {
			panic(err)
		}
		var back order
		if err := json.Unmarshal(b, &back); err != nil {
			panic(err)
		}
		out = out*31 + checksum(b) + int64(len(back.Items))
	}
	return out
}

func sha256Rounds(n int) int64 {
	block := make([]byte, 4096)
	var s [32]byte
	for i := range n {
		binary.LittleEndian.PutUint32(block, uint32(i))
		s = sha256.Sum256(block)
		copy(block[8:], s[:])
	}
	return int64(binary.LittleEndian.Uint64(s[:]))
}

func sortRounds(n int) int64 {
	s := stream(42)
	var out int64
	for range n {
		v := make([]int, 2000)
		for i := range v {
			v[i] = int(s.next() & 0x7fffffff)
		}
		sort.Slice(v, func(i, j int) bool { return v[i] < v[j] })
		out = out*31 + int64(v[0]) + int64(v[1000])
	}
	return out
}

func flateRounds(n int) int64 {
	s := stream(7)
	text := make([]byte, 32<<10)
	words := []string{"alpha ", "beta ", "gamma ", "delta ", "epsilon ", "zeta\n"}
	for i := 0; i < len(text); {
		i += copy(text[i:], words[s.next()%6])
	}
	w, err := flate.NewWriter(nil, 6)
	if err != nil {
		panic(err)
	}
	var out int64
	var packed bytes.Buffer
	for range n {
		packed.Reset()
		w.Reset(&packed)
		w.Write(text)
		w.Close()
		size := packed.Len()
		back, err := io.ReadAll(flate.NewReader(&packed))
		if err != nil {
			panic(err)
		}
		out = out*31 + checksum(back[:1000]) + int64(size)
		text[s.next()%uint64(len(text))] ^= 1
	}
	return out
}

var address = regexp.MustCompile(`([a-z]+)@([a-z]+)\.(com|org|net)`)

func regexpRounds(n int) int64 {
	text := bytes.Repeat([]byte("lorem ipsum someone@example.com dolor sit amet, nobody@nowhere.org; "), 20)
	var out int64
	for range n {
		for _, m := range address.FindAllSubmatchIndex(text, -1) {
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

func recursionRounds(n int) int64 {
	out := 0
	for range n {
		out += fib(20)
	}
	return int64(out)
}

func matrixRounds(n int) int64 {
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
