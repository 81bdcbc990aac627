package linmem

import "bytes"

// Private pages only ever become more: the kernel says which pages were written
// since they were last shared, not which the last task wrote. Up to fewPages that
// is of no account and they are simply overwritten. Beyond, each is compared
// first, which costs no more and tells how many the last task really changed.
//
// A page that is looked at for nothing costs a little at every reset; one that
// was given back costs its next writer a fault, worth about faultCost looks. So
// when at least half of the pages were looked at for nothing in each of the last
// faultCost resets, the ones that the next task leaves alone are given back. That
// is never much worse than the best that could be done with foresight, and a task
// that writes much now and then among many that write little keeps its pages.
const (
	fewPages  = 64
	faultCost = 8
)

// habit is what a memory remembers between resets.
type habit struct {
	resets int  // in this round of faultCost
	stale  int  // the fewest pages looked at for nothing in this round
	giving bool // the next reset gives pages back
	reads  int  // resets since the pages that are there were last counted
}

// tally counts the pages of one reset.
type tally struct {
	m       *Memory
	found   int
	changed int
	careful bool // compare even when there are few
}

// visit puts back one run of private pages.
func (t *tally) visit(from, to int) {
	t.found += (to - from) / pageSize
	switch {
	case t.m.habit.giving:
		t.sift(from, to)
	case t.careful || t.found > fewPages:
		t.changed += t.m.compare(from, to)
	default:
		t.m.overwrite(from, to)
		t.changed = t.found
	}
}

// sift compares each page and gives back the runs of unchanged ones.
func (t *tally) sift(from, to int) {
	start := from
	for at := from; at < to; at += pageSize {
		now, then := t.m.space[at:at+pageSize], t.m.page(at)
		if bytes.Equal(now, then) {
			continue
		}
		copy(now, then)
		t.changed++
		t.give(start, at)
		start = at + pageSize
	}
	t.give(start, to)
}

// give hands unchanged pages back. That the system may refuse is of no account:
// they hold the image.
func (t *tally) give(from, to int) {
	if from < to && t.m.image.Shared() {
		t.m.sys.discard(t.m.space[from:to:to])
	}
}

// done ends a reset and returns the pages found.
func (t *tally) done() int {
	h := &t.m.habit
	t.m.unread(t.found)
	if t.found <= fewPages || h.giving {
		*h = habit{reads: h.reads}
		return t.found
	}
	stale := t.found - t.changed
	if h.resets == 0 || stale < h.stale {
		h.stale = stale
	}
	if h.resets++; h.resets == faultCost {
		*h = habit{giving: 2*h.stale >= t.found, reads: h.reads}
	}
	return t.found
}
