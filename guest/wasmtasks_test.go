package guest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero/sys"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

func TestHelloInWasm(t *testing.T) {
	in := start(t, "hello")
	v, fail := in.run(t, "hello", "wasm")
	require.Nil(t, fail)
	require.Equal(t, "Hello, wasm!", v)
}

func TestTasksInWasm(t *testing.T) {
	in := start(t, "kitchen")
	t.Run("it counts", func(t *testing.T) {
		v, fail := in.run(t, "count", "a b a")
		require.Nil(t, fail)
		require.Equal(t, map[string]any{"a": int64(2), "b": int64(1)}, v)
	})
	t.Run("it takes an input larger than the kept buffer", func(t *testing.T) {
		v, fail := in.run(t, "count", strings.Repeat("word ", 1<<16))
		require.Nil(t, fail)
		require.Equal(t, map[string]any{"word": int64(1 << 16)}, v)
	})
	t.Run("it hands errors over with code, data and retry", func(t *testing.T) {
		_, fail := in.run(t, "total", []any{map[string]any{"item": "x", "price": -1.5}})
		require.Equal(t, "bad_price", fail.Code)
		require.Equal(t, "a price is negative", fail.Message)
		require.True(t, fail.Retry)
		data, err := codec.ToJSON(nil, fail.Data)
		require.NoError(t, err)
		require.JSONEq(t, `{"item": "x", "price": -1.5}`, string(data))
	})
	t.Run("it gives other errors a code", func(t *testing.T) {
		_, fail := in.run(t, "fail", nil)
		require.Equal(t, &abi.GuestError{Code: "error", Message: "it did not work"}, fail)
	})
	t.Run("it names what is wrong with arguments", func(t *testing.T) {
		_, fail := in.run(t, "total", []any{map[string]any{"price": "much"}})
		require.Equal(t, "bad_args", fail.Code)
		require.Equal(t, `task "total": arguments: $[0].price: want a number, got text`, fail.Message)
	})
	t.Run("it does not know other tasks", func(t *testing.T) {
		_, fail := in.run(t, "nonsense", nil)
		require.Equal(t, "unknown_task", fail.Code)
	})
	t.Run("it says what in a result has no form", func(t *testing.T) {
		_, fail := in.run(t, "channel", nil)
		require.Equal(t, "bad_result", fail.Code)
		require.Contains(t, fail.Message, "$[0]: a Go chan")
	})
	t.Run("it runs goroutines that sleep", func(t *testing.T) {
		v, fail := in.run(t, "goroutines", 10)
		require.Nil(t, fail)
		require.Equal(t, int64(45), v)
	})
	t.Run("it survives its garbage", func(t *testing.T) {
		v, fail := in.run(t, "garbage", 40)
		require.Nil(t, fail)
		require.Equal(t, int64(40<<20), v)
		require.Less(t, in.mod.Memory().Size(), uint32(32<<20))
	})
	t.Run("it refuses a request that is not in the latest buffer", func(t *testing.T) {
		res, err := in.call.Call(context.Background(), uint64(in.input+1), 3)
		require.NoError(t, err)
		span := abi.Span(res[0])
		b, _ := in.mod.Memory().Read(span.Ptr(), span.Len())
		response, err := abi.ParseResponse(b, abi.Limits{})
		require.NoError(t, err)
		require.Equal(t, "bad_request", response.Err.Code)
	})
	t.Run("it has no buffer of 3 GiB", func(t *testing.T) {
		res, err := in.alloc.Call(context.Background(), 3<<30)
		require.NoError(t, err)
		require.Zero(t, res[0])
	})
}

func TestHostFunctionsInWasm(t *testing.T) {
	in := start(t, "kitchen")
	in.answers[abi.FuncProgress] = func(any) []byte { return abi.AppendValue(nil, nil) }
	_, fail := in.run(t, "price", "tea")
	require.Equal(t, &abi.GuestError{Code: "unknown_function", Message: "price of tea: unknown_function: shop.price"}, fail)

	in.answers["shop.price"] = func(item any) []byte { return abi.AppendValue(nil, abi.AppendUint(nil, uint64(len(item.(string))))) }
	v, fail := in.run(t, "price", "tea")
	require.Nil(t, fail)
	require.Equal(t, int64(3), v)
	v, fail = in.run(t, "prices", []string{"a", "bb", "ccc"})
	require.Nil(t, fail)
	require.Equal(t, []any{int64(1), int64(2), int64(3)}, v)
	require.Empty(t, in.handles)
}

func TestSubTasksInWasm(t *testing.T) {
	in := start(t, "kitchen")
	submitted := 0
	in.answers[abi.FuncSubmit] = func(args any) []byte {
		submitted++
		if args.(map[string]any)["task"] == "merge" {
			require.Equal(t, []any{abi.ID{1}, abi.ID{2}}, args.(map[string]any)["args"])
		}
		return abi.AppendValue(nil, abi.AppendFuture(nil, abi.ID{byte(submitted)}))
	}
	in.answers[abi.FuncAwait] = func(args any) []byte {
		require.Equal(t, abi.ID{1}, args)
		b, err := codec.Marshal(map[string]int{"a": 1})
		require.NoError(t, err)
		return abi.AppendValue(nil, b)
	}
	v, fail := in.run(t, "fan", []string{"a", "b"})
	require.Nil(t, fail)
	require.Equal(t, map[string]any{
		"first":  map[string]any{"a": int64(1)},
		"parts":  []any{abi.ID{1}, abi.ID{2}},
		"merged": abi.ID{3},
	}, v)

	in.answers[abi.FuncAwait] = func(any) []byte {
		return abi.AppendError(nil, &abi.GuestError{Code: "deadline", Message: "too late"})
	}
	_, fail = in.run(t, "fan", []string{"a"})
	require.Equal(t, &abi.GuestError{Code: "deadline", Message: "too late"}, fail)
}

func TestLogsInWasm(t *testing.T) {
	in := start(t, "kitchen")
	_, fail := in.run(t, "log", "line\nand line")
	require.Nil(t, fail)
	require.Equal(t, []string{"debug: debug line\nand line", "error: "}, in.logs)
	require.Equal(t, "stdout line\nand line\n", in.stdout.String())
	require.Equal(t, "stderr line\nand line\n", in.stderr.String())

	in = start(t, "logger")
	_, fail = in.run(t, "log", 5)
	require.Nil(t, fail)
	require.Equal(t, []string{"debug: detail n=5", "info: begin in.n=5", `warn: careful, you task=log g.why="two words"`, "error: end"}, in.logs)
}

func TestEndsInWasm(t *testing.T) {
	raw, err := codec.Marshal("oh no")
	require.NoError(t, err)
	for task, want := range map[string]string{
		"panic": "panic: oh no",
		"block": "all goroutines are asleep - deadlock!",
	} {
		t.Run("it traps after a "+task+" and says why", func(t *testing.T) {
			in := start(t, "kitchen")
			_, err := in.send(context.Background(), abi.AppendRequest(nil, task, raw))
			require.ErrorContains(t, err, "unreachable")
			require.Contains(t, in.stderr.String(), want)
			require.Contains(t, in.stderr.String(), "testdata/kitchen/main.go:")
		})
	}
	t.Run("it exits by os.Exit", func(t *testing.T) {
		in := start(t, "kitchen")
		_, err := in.send(context.Background(), abi.AppendRequest(nil, "exit", abi.AppendInt(nil, 3)))
		var exit *sys.ExitError
		require.ErrorAs(t, err, &exit)
		require.Equal(t, uint32(3), exit.ExitCode())
	})
}

func TestManifestInWasm(t *testing.T) {
	in := start(t, "kitchen")
	res, err := in.mod.ExportedFunction(abi.ExportDescribe).Call(context.Background())
	require.NoError(t, err)
	span := abi.Span(res[0])
	b, ok := in.mod.Memory().Read(span.Ptr(), span.Len())
	require.True(t, ok)
	m, err := abi.ParseManifest(b)
	require.NoError(t, err)
	require.Equal(t, []string{"kitchen", "1.2.3", "pledge-go/0.1.0"}, []string{m.Name, m.Version, m.SDK})
	require.Equal(t, "count", m.Tasks[0].Name)
	require.Equal(t, "Counts the words of a page.", m.Tasks[0].Doc)
	input, err := codec.ToJSON(nil, m.Tasks[1].Input)
	require.NoError(t, err)
	require.JSONEq(t, `{"type": ["array", "null"], "items": {"type": "object", "required": ["item", "price"], "properties": {
		"item": {"type": "string", "description": "what to buy"}, "price": {"type": "number"}, "gift": {"type": "boolean"}}}}`, string(input))
}
