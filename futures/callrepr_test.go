package futures_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/futures"
)

type rude struct{ A int }

func (rude) String() string { panic("rude") }

type login struct {
	User     string `cbor:"user"`
	Password string `pledge:"secret"`
	Next     *login
	private  int
}

// Prefect 148, 149, 150: the call as text, cut at 100 characters, cheap, never
// failing, secrets hidden.
func TestCallRepr(t *testing.T) {
	f := pending[int](t, "count").Future()
	loop := []any{nil}
	loop[0] = loop
	tests := []struct {
		name string
		args any
		want string
	}{
		{"it shows nothing for none", nil, "f()"},
		{"it shows an empty list", []any{}, "f()"},
		{"it shows a single argument", 5, "f(5)"},
		{"it quotes texts", "a\n\"b\"", `f("a\n\"b\"")`},
		{"it shows lists as positional", []any{1, "a", 2.5, true, nil, []int{1, 2}}, `f(1, "a", 2.5, true, nil, [1, 2])`},
		{"it shows maps as named", map[string]any{"b": 1, "a": map[int]string{2: "x"}}, `f(a={2: "x"}, b=1)`},
		{"it shows structs as named", &login{User: "u", Next: &login{User: "v"}, private: 1}, `f(user="u", Password=***, Next={user: "v", Password: ***, Next: nil})`},
		{"it shows bytes", []byte{1, 0xab}, "f(h'01ab')"},
		{"it shows CBOR", []any{abi.Raw{0x82, 1, 2}, make(abi.Raw, 5000)}, "f([1, 2], 5000 bytes of CBOR)"},
		{"it shows futures as runs", []any{f, (*Future[int])(nil)}, "f(count#" + f.ID().String() + ", nil)"},
		{"it shows ids", abi.ID{}, "f(#00000000-0000-0000-0000-000000000000)"},
		{"it hides secrets", []any{Secret("key"), AllowFailure(Secret(1)), AllowFailure(2)}, "f(***, ***, 2)"},
		{"it hides one secret", Secret("key"), "f(***)"},
		{"it shows what has a text of its own", []any{time.Second, errors.New("e")}, `f(1s, "e")`},
		{"it never fails", []any{rude{1}, make(chan int), func() {}}, "f(futures_test.rude(panic), chan int, func())"},
		{"it does not follow cycles for ever", loop, "f(" + strings.Repeat("[", 16) + "..." + strings.Repeat("]", 16) + ")"},
		{"it does not cut 100 characters", strings.Repeat("é", 98), `f("` + strings.Repeat("é", 98) + `")`},
		{"it cuts 101 characters at 100", strings.Repeat("é", 99), `f("` + strings.Repeat("é", 99) + `...)`},
		{"it does not sort what is huge", hugeMap(), "f(100000 entries)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, CallRepr("f", tt.args)) })
	}
	require.Equal(t, "a long name, not counted("+strings.Repeat("0, ", 33)+"0...)", CallRepr("a long name, not counted", make([]int, 1e6)))
	require.Equal(t, "*** 5 5", fmt.Sprintf("%v %v %#v", Secret("key"), Raw(5), Opaque(5)))
}

func hugeMap() map[string]int {
	m := make(map[string]int)
	for i := range 100_000 {
		m[fmt.Sprint(i)] = i
	}
	return m
}

// Showing huge arguments does not cost in proportion.
func TestCallReprCheap(t *testing.T) {
	small, large := []any{make([]int, 1000)}, []any{make([]int, 1e6)}
	n := func(v any) float64 { return testing.AllocsPerRun(10, func() { CallRepr("f", v) }) }
	require.Equal(t, n(small), n(large))
	require.Less(t, n([]any{strings.Repeat("x", 1e7)}), 50.0)
}
