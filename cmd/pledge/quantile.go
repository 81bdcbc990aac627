package main

import (
	"math"
	"strconv"
	"time"
)

// quantile is the smallest of the sorted durations that a share q of them does
// not exceed (the nearest rank). There must be at least one.
func quantile(sorted []time.Duration, q float64) time.Duration {
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// rounded keeps three digits of a duration or so.
func rounded(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}

// perSecond is a rate for people: whole when it is large.
func perSecond(n int, d time.Duration) string {
	rate := float64(n) / max(d.Seconds(), 1e-9)
	if rate >= 100 {
		return strconv.FormatFloat(rate, 'f', 0, 64)
	}
	return strconv.FormatFloat(rate, 'g', 3, 64)
}
