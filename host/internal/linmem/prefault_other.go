//go:build !linux

package linmem

func prefault([]byte) {}
