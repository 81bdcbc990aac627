package meter_test

import (
	"runtime"
	"testing"

	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
	"github.com/stretchr/testify/require"
)

// BenchmarkRewrite measures reading and rewriting of a Go guest, in bytes of the file per second of processor time.
func BenchmarkRewrite(b *testing.B) {
	file := goGuest(b)
	m, err := wasm.Decode(file, nil)
	require.NoError(b, err)
	perThread := func(name string, bytes int, work func()) {
		b.Run(name, func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			start := threadTime()
			for b.Loop() {
				work()
			}
			b.ReportMetric(float64(bytes)*float64(b.N)/(threadTime()-start).Seconds()/1e6, "MB/s")
		})
	}
	perThread("decode", len(file), func() {
		_, err := wasm.Decode(file, nil)
		require.NoError(b, err)
	})
	code, instrs := 0, 0
	var in wasm.Instr
	for _, body := range m.Code {
		code += body.End - body.Start
		r := m.Read(body)
		for r.Next(&in) {
			instrs++
		}
	}
	b.Logf("%d instructions in %d bytes", instrs, code)
	perThread("walk", code, func() {
		for _, body := range m.Code {
			r := m.Read(body) // outside of the for: a loop variable is copied in each turn
			for r.Next(&in) {
			}
		}
	})
	perThread("rewrite", len(file), func() {
		m, err := wasm.Decode(file, nil)
		require.NoError(b, err)
		_, err = meter.Rewrite(m, meter.Options{})
		require.NoError(b, err)
	})
	res, err := meter.Rewrite(m, meter.Options{})
	require.NoError(b, err)
	b.Logf("%d bytes become %d, %+v", len(file), len(res.Module), res.Facts)
}
