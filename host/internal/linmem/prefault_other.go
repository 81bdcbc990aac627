//go:build !linux

package linmem

func prefaulting([]byte) []func() { return nil }
