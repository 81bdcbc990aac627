package main

import (
	"io"
	"math"
	"os"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress is a bar on the terminal. The zero value shows nothing.
type progress struct {
	bar   *progressbar.ProgressBar
	steps atomic.Int64
	drawn atomic.Int64 // when, in nanoseconds
}

// redraw is how often the bar is drawn: steps may take microseconds, and the bar
// must not be what takes the time.
const redraw = 100 * time.Millisecond

// newProgress makes a bar for n steps where a bar can be shown.
func newProgress(s *streams, n int) *progress {
	if !s.live || columns(s.err) < widest {
		return &progress{}
	}
	return &progress{bar: progressbar.NewOptions(n,
		progressbar.OptionSetWriter(s.err),
		progressbar.OptionSetDescription("running"),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(30),
		progressbar.OptionSetRenderBlankState(true),
	)}
}

// widest is how many columns the bar may need: on fewer, each drawing of it would
// take a line of its own.
const widest = 60

// columns is the width of a terminal; what has none is as wide as can be.
func columns(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			return width
		}
	}
	return math.MaxInt
}

// step counts one step that ended at a time. It may be called from many
// goroutines.
func (p *progress) step(at time.Time) {
	if p.bar == nil {
		return
	}
	n, drawn := p.steps.Add(1), p.drawn.Load()
	if at.UnixNano()-drawn >= int64(redraw) && p.drawn.CompareAndSwap(drawn, at.UnixNano()) {
		_ = p.bar.Set64(n) // a bar that cannot be drawn is no reason to stop
	}
}

// close takes the bar away. No step may be under way.
func (p *progress) close() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
