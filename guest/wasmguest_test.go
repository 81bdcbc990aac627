package guest_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

// built is the module of each guest under testdata, compiled once.
var built = struct {
	sync.Mutex
	of map[string][]byte
}{of: map[string][]byte{}}

// module builds the guest testdata/name with the Go toolchain.
func module(t testing.TB, name string) []byte {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if b := built.of[name]; b != nil {
		return b
	}
	readSources(t, ".")
	readSources(t, "../abi")
	out := filepath.Join(t.TempDir(), name+".wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, "./testdata/"+name)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=")
	text, err := cmd.CombinedOutput()
	require.NoError(t, err, string(text))
	b, err := os.ReadFile(out)
	require.NoError(t, err)
	built.of[name] = b
	return b
}

// readSources reads the source of everything that a guest is built from, so that
// go test, which remembers results by the files that a test has opened, runs
// these tests again when it changes.
func readSources(t testing.TB, dir string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".go" {
			_, err = os.ReadFile(path)
		}
		return err
	}))
}

// instance is a guest on plain wazero, with a host just large enough.
type instance struct {
	mod            api.Module
	alloc, call    api.Function
	input, size    uint32
	stdout, stderr bytes.Buffer
	logs           []string
	answers        map[string]func(args any) []byte
	handles        map[uint32][]byte
	next           uint32
	calls          []string
}

// cache holds compiled modules for all tests of this package.
var cache wazero.CompilationCache

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "pledge-guest")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		if cache, err = wazero.NewCompilationCacheWithDir(dir); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

func start(t testing.TB, name string) *instance {
	t.Helper()
	ctx := context.Background()
	in := &instance{answers: map[string]func(any) []byte{}, handles: map[uint32][]byte{}, next: 7}
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(cache))
	t.Cleanup(func() { require.NoError(t, r.Close(ctx)) })
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	_, err := r.NewHostModuleBuilder(abi.ImportModule).
		NewFunctionBuilder().WithFunc(in.hostCall).Export(abi.ImportCall).
		NewFunctionBuilder().WithFunc(in.hostTake).Export(abi.ImportTake).
		NewFunctionBuilder().WithFunc(in.hostLog).Export(abi.ImportLog).
		Instantiate(ctx)
	require.NoError(t, err)
	in.mod, err = r.InstantiateWithConfig(ctx, module(t, name), wazero.NewModuleConfig().
		WithStartFunctions(abi.ExportInitialize).
		WithStdout(&in.stdout).WithStderr(&in.stderr).
		WithSysWalltime().WithSysNanotime().WithSysNanosleep())
	require.NoError(t, err)
	in.alloc, in.call = in.mod.ExportedFunction(abi.ExportAlloc), in.mod.ExportedFunction(abi.ExportCall)
	in.grow(t, 64<<10)
	return in
}

func (in *instance) grow(t testing.TB, size int) {
	t.Helper()
	res, err := in.alloc.Call(context.Background(), uint64(size))
	require.NoError(t, err)
	in.input, in.size = uint32(res[0]), uint32(size)
	require.NotZero(t, in.input)
}

func (in *instance) hostCall(_ context.Context, m api.Module, ptr, n uint32) uint64 {
	b, ok := m.Memory().Read(ptr, n)
	if !ok {
		panic("request outside memory")
	}
	function, raw, err := abi.ParseRequest(bytes.Clone(b), abi.Limits{})
	if err != nil {
		panic(err)
	}
	var args any
	if err := codec.Unmarshal(raw, &args); err != nil {
		panic(err)
	}
	in.calls = append(in.calls, function)
	response := abi.AppendError(nil, &abi.GuestError{Code: abi.BoundaryUnknownFunction, Message: function})
	if answer := in.answers[function]; answer != nil {
		response = answer(args)
	}
	in.next++
	in.handles[in.next] = response
	return uint64(in.next)<<32 | uint64(len(response))
}

func (in *instance) hostTake(_ context.Context, m api.Module, handle, ptr uint32) {
	response, ok := in.handles[handle]
	delete(in.handles, handle)
	if !ok || !m.Memory().Write(ptr, response) {
		panic("take of what is not there")
	}
}

func (in *instance) hostLog(_ context.Context, m api.Module, level, ptr, n uint32) {
	b, ok := m.Memory().Read(ptr, n)
	if !ok {
		panic("log outside memory")
	}
	in.logs = append(in.logs, abi.ParseLevel(int32(level)).String()+": "+string(b))
}

// send runs one request and returns the response as it lies in memory.
func (in *instance) send(ctx context.Context, request []byte) ([]byte, error) {
	if !in.mod.Memory().Write(in.input, request) {
		return nil, errors.New("request outside memory")
	}
	res, err := in.call.Call(ctx, uint64(in.input), uint64(len(request)))
	if err != nil {
		return nil, err
	}
	span := abi.Span(res[0])
	b, ok := in.mod.Memory().Read(span.Ptr(), span.Len())
	if !ok {
		return nil, errors.New("response outside memory")
	}
	return b, nil
}

// run runs a task with Go arguments and returns its decoded value.
func (in *instance) run(t testing.TB, task string, args any) (any, *abi.GuestError) {
	t.Helper()
	raw, err := codec.Marshal(args)
	require.NoError(t, err)
	request := abi.AppendRequest(nil, task, raw)
	if len(request) > int(in.size) {
		in.grow(t, len(request))
	}
	b, err := in.send(context.Background(), request)
	require.NoError(t, err, in.stderr.String())
	response, err := abi.ParseResponse(bytes.Clone(b), abi.Limits{})
	require.NoError(t, err)
	if response.Err != nil {
		return nil, response.Err
	}
	var v any
	require.NoError(t, codec.Unmarshal(response.Value, &v))
	return v, nil
}
