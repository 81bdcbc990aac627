package guest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	"github.com/pledge-wasm/pledge/guest"
	"github.com/pledge-wasm/pledge/guest/guesttest"
)

type tree struct {
	Value    int     `json:"value" jsonschema:"what it holds"`
	Children []*tree `json:"children,omitempty"`
}

func init() {
	guest.Handle("echo", func(_ context.Context, v any) (any, error) { return v, nil })
	guest.Handle("raw", func(_ context.Context, v guest.Raw) (guest.Raw, error) { return v, nil })
	guest.Handle("depth", func(_ context.Context, t tree) (tree, error) { return t, nil })
	guest.Handle("fail", func(_ context.Context, how string) (any, error) {
		switch how {
		case "wrapped":
			return nil, fmt.Errorf("first: %w", guest.Fail("inner", "second"))
		case "joined":
			return nil, errors.Join(errors.New("one"), guest.Fail("two", "2"))
		case "nameless":
			return nil, &guest.Error{}
		case "bad data":
			return nil, &guest.Error{Code: "c", Message: "m", Data: make(chan int)}
		case "not text":
			return nil, errors.New("a\xffb")
		case "nil":
			return nil, (*guest.Error)(nil)
		}
		return nil, errors.New(how)
	})
	guest.Handle("panics", func(context.Context, any) (any, error) { panic("boom") })
	guest.Handle("child", func(ctx context.Context, args guest.Raw) (any, error) {
		return guest.Submit[any](ctx, "fail", args).Await(ctx)
	})
	guest.Handle("await", func(ctx context.Context, what []any) (any, error) {
		v, err := guest.Submit[any](ctx, what[0].(string), what[1]).Await(ctx)
		awaited, _ = errors.AsType[*guest.Error](err)
		return v, nil
	})
	guest.Handle("nested", func(ctx context.Context, n int) (any, error) {
		inner := guest.Submit[int](ctx, "echo", n)
		return []any{guest.Submit[any](ctx, "echo", []any{inner}), inner}, nil
	})
	guest.Handle("nested failure", func(ctx context.Context, _ any) (any, error) {
		return []any{guest.Submit[any](ctx, "fail", "x")}, nil
	})
	guest.Handle("nonsense", func(context.Context, any) (nonsense, error) { return nonsense{}, nil })
	guest.Handle("orphan", func(ctx context.Context, _ any) (any, error) {
		f := guest.Submit[int](ctx, "echo", 1)
		return []any{f.Ref() == guest.Ref{}, f.Cancel(ctx)}, nil
	})
	guest.Handle("pass", func(ctx context.Context, f guest.Future[int]) (map[string]any, error) {
		v, err := f.Await(ctx)
		if err != nil {
			return nil, err
		}
		return map[string]any{"future": f, "value": v}, nil
	})
	guest.Handle("lost", func(ctx context.Context, _ any) (any, error) {
		return []any{guest.Submit[int](ctx, "echo", 1)}, nil
	})
	guest.Handle("empty future", func(context.Context, any) (any, error) { return new(guest.Future[int]), nil })
	guest.Handle("unencodable call", func(ctx context.Context, _ any) (any, error) {
		return guest.Call[any](ctx, "f", func() {})
	})
	guest.Handle("wrong value", func(ctx context.Context, _ any) (any, error) { return guest.Call[int](ctx, "text", nil) })
}

// awaited is how the last run that was awaited failed.
var awaited *guest.Error

// nonsense encodes itself as a map with the same key twice, in two forms.
type nonsense struct{}

func (nonsense) MarshalCBOR() ([]byte, error) { return []byte{0xa2, 1, 1, 0x18, 1, 1}, nil }

func code(t *testing.T, err error) *guest.Error {
	t.Helper()
	var e *guest.Error
	require.ErrorAs(t, err, &e)
	return e
}

func TestErrorsAsTheCallerSeesThem(t *testing.T) {
	for how, want := range map[string]guest.Error{
		"plain":    {Code: "error", Message: "plain"},
		"wrapped":  {Code: "inner", Message: "first: inner: second"},
		"joined":   {Code: "two", Message: "one\ntwo: 2"},
		"nameless": {Code: "error"},
		"bad data": {Code: "c", Message: "m (its data is lost: cbor: $: a Go chan (chan int) has no CBOR form)"},
		"nil":      {Code: "error", Message: "the handler returned a nil *guest.Error as its error; return nil itself"},
		"not text": {Code: "error", Message: "a\uFFFDb"},
	} {
		t.Run("it reports an error that is "+how, func(t *testing.T) {
			_, err := guesttest.Run[any](t.Context(), nil, "fail", how)
			require.Equal(t, &want, code(t, err))
		})
	}
	t.Run("it does not catch a panic", func(t *testing.T) {
		require.PanicsWithValue(t, "boom", func() { _, _ = guesttest.Run[any](t.Context(), nil, "panics", nil) })
	})
	t.Run("it names the tasks that it does not know", func(t *testing.T) {
		_, err := guesttest.Run[any](t.Context(), nil, "no\ntask", nil)
		require.Equal(t, &guest.Error{Code: "unknown_task", Message: `there is no task "no\x0atask" in this module`}, code(t, err))
	})
	t.Run("it puts the path of wrong arguments into the data", func(t *testing.T) {
		_, err := guesttest.Run[any](t.Context(), nil, "depth", map[string]any{"children": []any{map[string]any{"value": "x"}}})
		require.Equal(t, map[string]any{"path": "$.children[0].value", "want": "an integer", "got": "text"}, code(t, err).Data)
	})
}

func TestValuesPassUnchanged(t *testing.T) {
	for _, task := range []string{"echo", "raw"} {
		for _, v := range []any{nil, true, int64(-7), 1.5, "x", []byte{1}, []any{int64(1), nil}, map[string]any{"a": []any{}}, guest.Ref{1}} {
			got, err := guesttest.Run[any](t.Context(), nil, task, v)
			require.NoError(t, err)
			require.Equal(t, v, got)
		}
	}
	in := tree{1, []*tree{{2, nil}, {3, []*tree{{4, nil}}}}}
	out, err := guesttest.Run[tree](t.Context(), nil, "depth", in)
	require.NoError(t, err)
	require.Equal(t, in, out)
}

func TestDispatchOfRequestsThatAreNone(t *testing.T) {
	for name, request := range map[string][]byte{
		"nothing": nil, "no array": {0x01}, "no text": {0x82, 0x01, 0x01}, "half a name": {0x82, 0x64, 'e'},
		"no arguments": {0x82, 0x64, 'e', 'c', 'h', 'o'}, "half the arguments": {0x82, 0x64, 'e', 'c', 'h', 'o', 0x82, 0x01},
		"more than arguments": {0x82, 0x64, 'e', 'c', 'h', 'o', 0x01, 0x02},
	} {
		t.Run("it answers "+name+" with an error", func(t *testing.T) {
			dst := guest.Dispatch(t.Context(), []byte{0xaa}, request)
			require.Equal(t, byte(0xaa), dst[0])
			response, err := abi.ParseResponse(dst[1:], abi.Limits{})
			require.NoError(t, err)
			require.NotNil(t, response.Err)
			require.Contains(t, []string{"bad_request", "bad_args"}, response.Err.Code)
		})
	}
}

func TestHandleRefuses(t *testing.T) {
	nop := func(context.Context, any) (any, error) { return nil, nil }
	for name, c := range map[string]struct {
		register func()
		want     string
	}{
		"a name twice":        {func() { guest.Handle("echo", nop) }, `guest: handle "echo": the name is taken`},
		"no name":             {func() { guest.Handle("", nop) }, `guest: handle "": a task needs a name`},
		"a name of no text":   {func() { guest.Handle("\xff", nop) }, "guest: handle \"\xff\": the name is not UTF-8"},
		"arguments as a func": {func() { guest.Handle("f", func(context.Context, func()) (any, error) { return nil, nil }) }, `guest: handle "f": arguments of type func(): $: a Go func (func()) has no CBOR form`},
		"a channel inside a result": {func() {
			guest.Handle("f", func(context.Context, any) (struct{ C chan int }, error) { panic("unreached") })
		}, `guest: handle "f": results of type struct { C chan int }: $.C: a Go chan (chan int) has no CBOR form`},
	} {
		t.Run("it refuses "+name, func(t *testing.T) { require.PanicsWithValue(t, c.want, c.register) })
	}
}

func TestCalls(t *testing.T) {
	h := new(guesttest.Host)
	guesttest.Grant(h, "text", func(context.Context, any) (string, error) { return "x", nil })
	_, err := guesttest.Run[any](t.Context(), h, "wrong value", nil)
	require.Equal(t, &guest.Error{Code: "bad_result", Message: `function "text": value: $: want an integer, got text`}, code(t, err))
	_, err = guesttest.Run[any](t.Context(), h, "unencodable call", nil)
	require.Equal(t, "bad_args", code(t, err).Code)

	guesttest.Grant(h, "text", func(context.Context, any) (string, error) {
		return "", &guest.Error{Code: "odd", Message: "o", Data: guest.Raw{0xa1, 0x80, 0x01}}
	})
	_, err = guesttest.Run[any](t.Context(), h, "wrong value", nil)
	require.Equal(t, &guest.Error{Code: "odd", Message: "o", Data: guest.Raw{0xa1, 0x80, 0x01}}, code(t, err), "data that Go has no value for does not hide the code")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = guesttest.Run[any](ctx, h, "wrong value", nil)
	require.Equal(t, &guest.Error{Code: "error", Message: "context canceled"}, code(t, err))

	_, err = guest.Call[any](t.Context(), "text", nil)
	require.Equal(t, "not_granted", code(t, err).Code, "outside of a task there is no host")
}

func TestFutures(t *testing.T) {
	h := new(guesttest.Host)
	h.GrantTasks()
	t.Run("it fails with the child's code and state", func(t *testing.T) {
		_, err := guesttest.Run[any](t.Context(), h, "child", "wrapped")
		require.Equal(t, &guest.Error{Code: "inner", Message: "first: inner: second"}, code(t, err))
		require.Equal(t, &guest.Error{Code: "two", Message: "one\ntwo: 2", State: "Failed"}, await(t, h, "fail", "joined"))
		require.Equal(t, "Crashed", await(t, h, "nonsense", nil).State)
		require.Equal(t, "unknown_task", await(t, h, "no such task", nil).Code)
	})
	t.Run("it is a value without futures when it is awaited", func(t *testing.T) {
		got, err := guesttest.Run[any](t.Context(), h, "await", []any{"nested", 3})
		require.NoError(t, err)
		require.Equal(t, []any{[]any{int64(3)}, int64(3)}, got)
		require.Equal(t, "upstream", await(t, h, "nested failure", nil).Code)
	})
	t.Run("it is a future without the grant too", func(t *testing.T) {
		got, err := guesttest.Run[[]any](t.Context(), nil, "orphan", nil)
		require.NoError(t, err)
		require.Equal(t, []any{true, nil}, got)
		_, err = guesttest.Run[any](t.Context(), nil, "lost", nil)
		require.Equal(t, "not_granted", code(t, err).Code, "the reason, not that it has no form")
		_, err = guesttest.Run[any](t.Context(), nil, "child", "x")
		require.Equal(t, "not_granted", code(t, err).Code)
	})
	t.Run("it takes the value that the host has put in its place", func(t *testing.T) {
		got, err := guesttest.Run[any](t.Context(), h, "pass", 5)
		require.NoError(t, err)
		require.Equal(t, map[string]any{"future": int64(5), "value": int64(5)}, got)
	})
	t.Run("it awaits one that it was handed", func(t *testing.T) {
		_, err := guesttest.Run[any](t.Context(), h, "pass", guest.Ref{9})
		require.Equal(t, "unknown_future", code(t, err).Code)
	})
	t.Run("it has no form when it is empty", func(t *testing.T) {
		_, err := guesttest.Run[any](t.Context(), h, "empty future", nil)
		require.Equal(t, "no_future", code(t, err).Code)
		_, err = new(guest.Future[int]).Await(t.Context())
		require.Equal(t, "no_future", code(t, err).Code)
		require.Error(t, new(guest.Future[int]).Cancel(t.Context()))
	})
	t.Run("it is the tag over the run's id", func(t *testing.T) {
		b, err := guest.Encode(map[string]any{"f": guest.Of[string](guest.Ref{1, 2})})
		require.NoError(t, err)
		want, err := codec.Marshal(map[string]any{"f": abi.ID{1, 2}})
		require.NoError(t, err)
		require.Equal(t, want, []byte(b))
	})
}

// await has a task await another, and returns how that failed.
func await(t *testing.T, h *guesttest.Host, task string, args any) *guest.Error {
	t.Helper()
	_, err := guesttest.Run[any](t.Context(), h, "await", []any{task, args})
	require.NoError(t, err)
	return awaited
}

func TestManifest(t *testing.T) {
	m, err := guesttest.Manifest()
	require.NoError(t, err)
	require.Equal(t, "guest", m.Name)
	require.True(t, strings.HasPrefix(m.SDK, "pledge-go/"))
	schemas := map[string][2]string{}
	for _, task := range m.Tasks {
		in, err := codec.ToJSON(nil, task.Input)
		require.NoError(t, err)
		out, err := codec.ToJSON(nil, task.Output)
		require.NoError(t, err)
		schemas[task.Name] = [2]string{string(in), string(out)}
	}
	require.JSONEq(t, `{}`, schemas["echo"][0])
	require.JSONEq(t, `{"type": "integer"}`, schemas["pass"][0], "a future is described by its result")
	require.JSONEq(t, `{"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "object", "required": ["value"], "properties": {
		"value": {"type": "integer", "description": "what it holds"},
		"children": {"type": ["array", "null"], "items": {"anyOf": [{"$ref": "#/$defs/tree"}, {"type": "null"}]}}}}}}`, schemas["depth"][1])
}
