// Package memotest answers one question: does a store keep what memo.Store
// promises?
package memotest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/futures/memo"
)

// TestStore exercises an empty store that has room for a hundred small entries,
// and returns all that is wrong with it, nil if nothing is.
func TestStore(s memo.Store) error {
	return errors.Join(roundTrip(s), replacing(s), deleting(s), concurrent(s))
}

func key(n int) memo.Key { return memo.KeyOf(fmt.Append(nil, n)) }

// expect says how what the store has under a key differs from want.
func expect(s memo.Store, what string, k memo.Key, want *memo.Entry) error {
	got, ok, err := s.Get(k)
	switch {
	case err != nil:
		return fmt.Errorf("memotest: %s: get: %w", what, err)
	case ok != (want != nil):
		return fmt.Errorf("memotest: %s: found is %v, want %v", what, ok, want != nil)
	case !ok:
		return nil
	case !bytes.Equal(got.Value, want.Value) || !got.Expires.Equal(want.Expires):
		return fmt.Errorf("memotest: %s: got %x until %v, want %x until %v", what, got.Value, got.Expires, want.Value, want.Expires)
	case (got.Failure == nil) != (want.Failure == nil):
		return fmt.Errorf("memotest: %s: got failure %v, want %v", what, got.Failure, want.Failure)
	case want.Failure != nil && !sameFailure(got.Failure, want.Failure):
		return fmt.Errorf("memotest: %s: got failure %v, want %v", what, got.Failure, want.Failure)
	}
	return nil
}

// sameFailure compares what programs may look at: state and code, place, and
// what the task itself said.
func sameFailure(got, want *futures.RunError) bool {
	if got.State != want.State || got.Code != want.Code || got.Path.String() != want.Path.String() {
		return false
	}
	var said, wanted *abi.GuestError
	if !errors.As(want, &wanted) {
		return true
	}
	return errors.As(got, &said) && said.Code == wanted.Code && said.Message == wanted.Message &&
		said.Retry == wanted.Retry && bytes.Equal(said.Data, wanted.Data)
}

func put(s memo.Store, k memo.Key, e memo.Entry) error {
	if err := s.Put(k, e); err != nil {
		return fmt.Errorf("memotest: put: %w", err)
	}
	return nil
}

func roundTrip(s memo.Store) error {
	value := memo.Entry{Value: abi.Raw{0x82, 1, 2}, Expires: time.Unix(2e9, 0)}
	trap := memo.Entry{Failure: &futures.RunError{State: futures.Crashed, Code: abi.CodeTrap, Err: errors.New("no")}}
	failure := memo.Entry{Failure: &futures.RunError{
		State: futures.Failed, Code: abi.CodeGuest, Path: futures.Path{{Index: 2}},
		Err: &abi.GuestError{Code: "bad_page", Message: "page 7", Data: abi.Raw{7}, Retry: true},
	}}
	return errors.Join(
		expect(s, "a key never put", key(0), nil),
		put(s, key(1), value), put(s, key(2), failure), put(s, key(6), trap),
		expect(s, "a value", key(1), &value), expect(s, "a failure", key(2), &failure), expect(s, "a crash", key(6), &trap),
		expect(s, "a value read again", key(1), &value),
	)
}

func replacing(s memo.Store) error {
	first, second := memo.Entry{Value: abi.Raw{1}}, memo.Entry{Value: abi.Raw{2}}
	return errors.Join(put(s, key(3), first), put(s, key(3), second), expect(s, "a value put twice", key(3), &second))
}

func deleting(s memo.Store) error {
	e := memo.Entry{Value: abi.Raw{1}}
	return errors.Join(put(s, key(4), e), put(s, key(5), e), s.Delete(key(4)), s.Delete(key(4)), s.Delete(key(99)),
		expect(s, "a deleted key", key(4), nil), expect(s, "the key beside a deleted one", key(5), &e))
}

func concurrent(s memo.Store) error {
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for g := range errs {
		wg.Go(func() {
			for i := range 100 {
				e := memo.Entry{Value: abi.Raw{byte(i % 5)}}
				k := key(10 + i%5)
				errs[g] = errors.Join(errs[g], put(s, k, e), expect(s, "a value put by several", k, &e))
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
