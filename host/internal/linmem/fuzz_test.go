package linmem_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/linmem"
)

// FuzzMemory plays a program on a memory of each method and on a plain slice, and
// wants them to agree after every step.
func FuzzMemory(f *testing.F) {
	seeds := [][]byte{
		{},
		{2, 0, 9, 9, 3, 0, 0, 1, 0, 0, 5, 1, 1, 1, 5, 0, 0, 0},
		{0, 2, 0, 0, 1, 7, 7, 200, 3, 0, 0, 0, 1, 1, 2, 255, 5, 0, 0, 0, 0, 4, 0, 0, 1, 9, 0, 3, 6, 0, 0, 0},
		{0, 5, 0, 0, 2, 16, 0, 250, 3, 0, 0, 0, 2, 3, 0, 255, 4, 0, 0, 0, 7, 0, 0, 0, 5, 0, 0, 0},
		bytes.Repeat([]byte{1, 33, 5, 7, 5, 0, 0, 0}, 30),
	}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) > 160 {
			program = program[:160]
		}
		for _, method := range linmem.Methods() {
			play(t, method, program)
		}
	})
}

// captureBy captures a memory with or without its help.
func captureBy(m *linmem.Memory, budget *linmem.Budget, helped bool) (*linmem.Image, error) {
	if helped {
		return m.Capture(budget)
	}
	return linmem.Capture(m.Bytes(), budget)
}

// oracle is a memory without any cleverness.
type oracle struct{ now, image []byte }

// play runs a program of four bytes a step: what, two for where, how much.
func play(t *testing.T, method linmem.Method, program []byte) {
	const limit = 3 * wasmPage
	var images []*linmem.Image
	budget := linmem.NewBudget(1 << 30)
	m, err := linmem.Reserve(linmem.Config{Max: limit, Budget: budget, Method: method})
	require.NoError(t, err)
	var o oracle
	for ; len(program) >= 4; program = program[4:] {
		what, where, much := program[0]%8, int(program[1])<<8|int(program[2]), int(program[3])
		where *= 4 // up to 262,140: beyond the limit now and then
		switch what {
		case 0:
			size := where / 64 * 64
			got := m.Grow(uint64(size))
			require.Equal(t, size <= limit, got != nil)
			if size <= limit && size > len(o.now) {
				o.now = append(o.now, make([]byte, size-len(o.now))...)
			}
		case 1, 2:
			if what == 2 {
				much *= 300
			}
			for i := where; i < where+much && i < len(o.now); i++ {
				o.now[i] += byte(1 + much)
				m.Bytes()[i] += byte(1 + much)
			}
		case 3:
			img, err := captureBy(m, budget, much%2 == 0)
			require.NoError(t, err)
			images = append(images, img)
			require.NoError(t, m.Adopt(img))
			o.image = bytes.Clone(o.now)
			if o.image == nil {
				o.image = []byte{}
			}
		case 4:
			require.Equal(t, o.image != nil, m.Recycle() == nil)
			if o.image != nil {
				o.now = bytes.Clone(o.image)
			}
		case 5, 6:
			var err error
			if what == 5 {
				_, err = m.Reset()
			} else {
				err = m.Trim()
			}
			switch {
			case o.image == nil:
				require.ErrorIs(t, err, linmem.ErrNoImage)
			case len(o.image) != len(o.now):
				require.ErrorIs(t, err, linmem.ErrGrown)
			default:
				require.NoError(t, err)
				copy(o.now, o.image)
			}
		case 7:
			if n := len(images); n > 0 {
				other, err := linmem.Reserve(linmem.Config{Max: limit, Image: images[n-1], Budget: budget, Method: method})
				require.NoError(t, err)
				m.Free()
				m = other
				o.now = bytes.Clone(o.image)
			}
		}
		same(t, o.now, m.Bytes())
	}
	m.Free()
	for _, img := range images {
		img.Close()
	}
	require.Zero(t, budget.Used())
}
