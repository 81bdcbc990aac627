// Report measures pledge by itself and prints its figures; with -write it makes
// docs/performance.md of them, with pictures. Run it in the directory of the
// bench module:
//
//	go run ./cmd/report
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/pledge-wasm/pledge/bench/internal/child"
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/own"
)

func main() {
	begun := time.Now()
	if len(os.Args) == 3 && os.Args[1] == child.Arg {
		os.Exit(child.Main(os.Args[2], own.Contestants(), begun))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, log io.Writer) error {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	write := flags.Bool("write", false, "write docs/performance.md and its pictures")
	root := flags.String("root", "..", "directory of the pledge module")
	docs := flags.String("docs", "", "directory to write to (default: docs of the pledge module)")
	limit := flags.Duration("limit", 15*time.Minute, "give up after this long")
	quick := flags.Bool("quick", false, "measure only long enough to try the command")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	o := own.Options{
		Source: ".", Root: *root, Log: log, Rate: 500 * time.Millisecond,
		Plan: contest.Plan{Rounds: 7, Slice: 50 * time.Millisecond, Least: 3, Most: 50000},
	}
	if *quick {
		o.Rate, o.Plan = 50*time.Millisecond, contest.Plan{Rounds: 2, Slice: 5 * time.Millisecond, Least: 1, Most: 1000}
	}
	figures, err := own.Run(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprint(out, figures.Print())
	if !*write {
		return nil
	}
	if *docs == "" {
		*docs = filepath.Join(*root, "docs")
	}
	if err := figures.Pictures(filepath.Join(*docs, "img")); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(*docs, "performance.md"), figures.Page(), 0o644)
}
