package guestlog_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/guest"
	"github.com/pledge-wasm/pledge/guest/guestlog"
	"github.com/pledge-wasm/pledge/guest/guesttest"
)

// record is what a test logs.
var record func(ctx context.Context)

func init() {
	guest.Handle("log", func(ctx context.Context, _ any) (any, error) {
		record(ctx)
		return nil, nil
	})
}

type secret struct{}

func (secret) LogValue() slog.Value { return slog.StringValue("hidden") }

func TestRecords(t *testing.T) {
	for name, c := range map[string]struct {
		log  func(ctx context.Context)
		want guesttest.Line
	}{
		"a message":     {func(ctx context.Context) { slog.InfoContext(ctx, "two words") }, guesttest.Line{Level: guest.LevelInfo, Text: "two words"}},
		"a debug one":   {func(ctx context.Context) { slog.DebugContext(ctx, "d") }, guesttest.Line{Level: guest.LevelDebug, Text: "d"}},
		"an odd level":  {func(ctx context.Context) { slog.Log(ctx, slog.LevelWarn+1, "w") }, guesttest.Line{Level: guest.LevelWarn, Text: "w"}},
		"a grave level": {func(ctx context.Context) { slog.Log(ctx, slog.LevelError+9, "e") }, guesttest.Line{Level: guest.LevelError, Text: "e"}},
		"attributes": {func(ctx context.Context) {
			slog.InfoContext(ctx, "m", "n", 1, "f", 1.5, "b", true, "d", time.Second, "s", "two words", "e", errors.New("x"), "empty", "", "q", `a"b`)
		}, guesttest.Line{Level: guest.LevelInfo, Text: `m n=1 f=1.5 b=true d=1s s="two words" e=x empty="" q="a\"b"`}},
		"a time":   {func(ctx context.Context) { slog.InfoContext(ctx, "m", "t", time.Unix(1, 5).UTC()) }, guesttest.Line{Level: guest.LevelInfo, Text: "m t=1970-01-01T00:00:01.000000005Z"}},
		"a valuer": {func(ctx context.Context) { slog.InfoContext(ctx, "m", "s", secret{}) }, guesttest.Line{Level: guest.LevelInfo, Text: "m s=hidden"}},
		"a key":    {func(ctx context.Context) { slog.InfoContext(ctx, "m", "a key", 1) }, guesttest.Line{Level: guest.LevelInfo, Text: `m "a key"=1`}},
		"no attr":  {func(ctx context.Context) { slog.InfoContext(ctx, "m", slog.Attr{}) }, guesttest.Line{Level: guest.LevelInfo, Text: "m"}},
		"groups": {func(ctx context.Context) {
			slog.With("a", 1).WithGroup("g").With("b", 2).WithGroup("").InfoContext(ctx, "m", slog.Group("h", "c", 3), slog.Group("", "d", 4), slog.Group("none"))
		}, guesttest.Line{Level: guest.LevelInfo, Text: "m a=1 g.b=2 g.h.c=3 g.d=4"}},
	} {
		t.Run("it logs "+name, func(t *testing.T) {
			record = c.log
			h := new(guesttest.Host)
			_, err := guesttest.Run[any](t.Context(), h, "log", nil)
			require.NoError(t, err)
			require.Equal(t, []guesttest.Line{c.want}, h.Logs())
		})
	}
}

func TestLevel(t *testing.T) {
	guestlog.Level.Set(slog.LevelWarn)
	defer guestlog.Level.Set(slog.LevelDebug)
	record = func(ctx context.Context) {
		slog.InfoContext(ctx, "not this")
		slog.ErrorContext(ctx, "this")
	}
	h := new(guesttest.Host)
	_, err := guesttest.Run[any](t.Context(), h, "log", nil)
	require.NoError(t, err)
	require.Equal(t, []guesttest.Line{{Level: guest.LevelError, Text: "this"}}, h.Logs())
}
