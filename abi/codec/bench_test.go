package codec_test

import (
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/pledge-wasm/pledge/abi/codec"
)

type record struct {
	ID    int            `json:"id"`
	Name  string         `json:"name"`
	Score float64        `json:"score"`
	Tags  []string       `json:"tags"`
	More  map[string]int `json:"more"`
}

var sample = record{7, "Opticks", 1.5, []string{"light", "colour"}, map[string]int{"a": 1, "b": 2}}

func BenchmarkMarshal(b *testing.B) {
	for name, v := range map[string]any{"int": 7, "text": "hello", "struct": sample, "any": map[string]any{"a": 1, "b": []any{"x", true, 1.5}}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := codec.Marshal(v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkUnmarshal(b *testing.B) {
	in, err := codec.Marshal(sample)
	if err != nil {
		b.Fatal(err)
	}
	small, _ := codec.Marshal(42)
	for name, run := range map[string]func() error{
		"int":            func() error { var v int; return codec.Unmarshal(small, &v) },
		"struct":         func() error { var v record; return codec.Unmarshal(in, &v) },
		"any":            func() error { var v any; return codec.Unmarshal(in, &v) },
		"struct_library": func() error { var v record; return cbor.Unmarshal(in, &v) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkJSON(b *testing.B) {
	item, err := codec.Marshal([]any{sample, sample, sample, sample})
	if err != nil {
		b.Fatal(err)
	}
	text, err := codec.ToJSON(nil, item)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("to", func(b *testing.B) {
		b.SetBytes(int64(len(item)))
		b.ReportAllocs()
		var out []byte
		for b.Loop() {
			out, _ = codec.ToJSON(out[:0], item)
		}
	})
	b.Run("from", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			_, _ = codec.FromJSON(text)
		}
	})
}
