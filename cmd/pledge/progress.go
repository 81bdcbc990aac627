package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress is a bar on the terminal. The zero value shows nothing.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress makes a bar for n steps where a bar can be shown: on a terminal,
// unless NO_COLOR asks for plain text.
func newProgress(s *streams, n int) *progress {
	if !s.colour {
		return &progress{}
	}
	return &progress{bar: progressbar.NewOptions(n,
		progressbar.OptionSetWriter(s.err),
		progressbar.OptionSetDescription("running"),
		progressbar.OptionShowCount(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetWidth(30),
		progressbar.OptionClearOnFinish(),
	)}
}

// add counts one step. It may be called from many goroutines.
func (p *progress) add() {
	if p.bar != nil {
		_ = p.bar.Add(1) // a bar that cannot be drawn is no reason to stop
	}
}

// close takes the bar away.
func (p *progress) close() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
