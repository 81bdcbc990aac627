package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

// readArgs reads what --args names: JSON itself, a file behind an @, or standard
// input for "-". Files that end in .cbor are one CBOR item, all else is JSON. No
// more than limit bytes are read, and the end of ctx ends the wait for them.
func readArgs(ctx context.Context, flag string, stdin io.Reader, limit int64) (abi.Raw, error) {
	path, isFile := strings.CutPrefix(flag, "@")
	switch {
	case flag == "-":
		text, err := readAll(ctx, stdin, limit, "standard input")
		if err != nil {
			return nil, err
		}
		return fromJSON(text, "standard input")
	case !isFile:
		return fromJSON([]byte(flag), "--args")
	case path == "":
		return nil, usage("name one: --args @args.json", "--args @ names no file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer f.Close()
	content, err := readAll(ctx, f, limit, path)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(filepath.Ext(path), ".cbor") {
		return fromCBOR(content, path)
	}
	return fromJSON(content, path)
}

func readAll(ctx context.Context, r io.Reader, limit int64, name string) ([]byte, error) {
	var b []byte
	var err error // as b, the goroutine's until done is closed
	done := make(chan struct{})
	go func() { // a terminal cannot be woken up: after an interruption this is left behind
		defer close(done)
		b, err = io.ReadAll(io.LimitReader(r, limit+1))
	}()
	select {
	case <-done:
	case <-ctx.Done():
		return nil, &problem{exit: exitCancelled, what: "waiting for the arguments was cancelled [cancelled]", hint: advice[abi.CodeCancelled]}
	}
	switch {
	case err != nil:
		return nil, unreadable(name, err)
	case int64(len(b)) > limit:
		return nil, usage("raise --memory, which bounds what a task can be given",
			"%s has more than the %d bytes that are read as arguments", name, limit)
	}
	return b, nil
}

func unreadable(name string, err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		err = at.Err
	}
	return usage("check the path; --args @FILE reads a file, --args - standard input", "cannot read the arguments from %s: %v", name, err)
}

func fromJSON(text []byte, name string) (abi.Raw, error) {
	raw, err := codec.FromJSON(text)
	if err == nil {
		if err := abi.Check(raw, abi.Limits{}); err != nil { // well formed, and yet too much
			return nil, usage("give the task less at once", "%s cannot be arguments: %s", name, strings.TrimPrefix(err.Error(), "abi: "))
		}
		return raw, nil
	}
	what := err.Error()
	if at, ok := errors.AsType[*codec.JSONError](err); ok {
		what = strings.TrimPrefix(at.Error(), "codec: JSON, ")
	}
	hint := `write a text with its quotes: --args '"world"'; an object: --args '{"a": 1}'; or name a file: --args @args.json`
	if name != "--args" {
		hint = "give one JSON value; CBOR is read from a file whose name ends in .cbor: --args @args.cbor"
	}
	return nil, usage(hint, "%s is not JSON: %s", name, what)
}

func fromCBOR(content []byte, name string) (abi.Raw, error) {
	if err := abi.Check(content, abi.Limits{}); err != nil {
		return nil, usage("give exactly one item of CBOR (RFC 8949), as --output cbor writes it",
			"%s is not CBOR: %s", name, strings.TrimPrefix(err.Error(), "abi: "))
	}
	for range abi.Futures(content) {
		return nil, usage("put the result in its place", "%s refers to the result of a run, and there are no other runs here", name)
	}
	return content, nil
}
